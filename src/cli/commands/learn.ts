import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { MarginaliaError, UsageError } from '../../shared/errors.ts';
import { openBundle, type Bundle } from '../../main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { LEARNING_DEFAULTS, type TrainableSet } from '../../main/engine/learn/types.ts';
import { chooseDevice, type DeviceChoice } from '../../main/engine/runtime/devices.ts';
import { pairCases, type LabelTruth } from '../../main/services/evaluate/index.ts';
import {
  chooseSlices,
  type DecidedSlice,
  learnVersion,
  pictureSlices,
  type LearnedVersion,
} from '../../main/services/learn/index.ts';
import { withEngine } from '../../main/services/engine/index.ts';
import { interruptSignal } from '../interrupt.ts';
import { printNotice } from '../notices.ts';
import { progressLine, table } from '../output.ts';
import {
  collectTruth,
  fallingFrom,
  parseCount,
  parseDeviceChoice,
  parseRate,
  parseSlices,
  parseTrainable,
  type SliceReference,
} from '../parse.ts';
import { VERSION } from '../version.ts';

interface Options {
  readonly images?: string;
  readonly labels?: string;
  readonly label?: LabelTruth[];
  readonly slices?: SliceReference[];
  readonly every?: number;
  readonly dataset?: string;
  readonly prompts?: string;
  readonly prompt?: string;
  readonly limit?: number;
  readonly out: string;
  readonly adapters?: string;
  readonly name?: string;
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  readonly trainable: TrainableSet;
  readonly samples: number;
  readonly seed: number;
  readonly device: DeviceChoice;
  readonly keepAnyway?: boolean;
  readonly json?: boolean;
}

export function registerLearn(program: Command): void {
  const defaults = LEARNING_DEFAULTS;
  program
    .command('learn')
    .description('tune the adapters of a model on decided slices, and keep them if they are better')
    .argument('<bundle>', 'folder or name')
    .option('--images <dir>', 'volumes (.nii, .nii.gz, .nrrd, .mha)')
    .option('--labels <dir>', 'label volumes of the same names')
    .option(
      '--label <name=prompt:values>',
      'what to learn, and its values in the labels; may be given several times',
      collectTruth,
    )
    .addOption(
      new Option(
        '--slices <list>',
        'slices to learn from: "<case>:<axial|coronal|sagittal>:<index>,…", counted from 0 as in the file',
      )
        .argParser(parseSlices)
        .conflicts('every'),
    )
    .option(
      '--every <n>',
      'learn from every n-th axial slice of every case',
      parseCount('--every', 1),
    )
    .addOption(
      new Option(
        '--dataset <dir>',
        'pictures instead: the Train_Folder of a data set as it is published (see `marginalia eval --help`)',
      ).conflicts(['images', 'labels', 'label', 'slices', 'every']),
    )
    .option(
      '--prompts <name>',
      'what to ask for in the pictures, and in which: the prompt table Train_text_<name>.xlsx, e.g. 10',
    )
    .option('--prompt <text>', 'what to ask for in every picture, in place of what the table says')
    .option('--limit <n>', 'only the first n pictures', parseCount('--limit', 1))
    .requiredOption('--out <dir>', 'folder for the learned adapters')
    .option('--adapters <dir>', "start from these learned adapters instead of the bundle's own")
    .option('--name <name>', 'what to call the version')
    .option('--steps <n>', 'steps of Adam', parseCount('--steps', 1), defaults.steps)
    .option('--batch <n>', 'image-prompt pairs a step', parseCount('--batch', 1), defaults.batch)
    .option('--lr <rate>', 'learning rate at the start', parseRate, defaults.rate[0])
    .option('--trainable <set>', 'all, head, or last-<n>', parseTrainable, defaults.trainable)
    .option('--samples <n>', 'Monte-Carlo samples of the judgement', parseCount('--samples', 0), 10)
    .option('--seed <n>', 'seed of augmentation and noise', parseCount('--seed', 0), defaults.seed)
    .option('--device <device>', 'auto, cpu, webgpu or cuda', parseDeviceChoice, 'auto')
    .option('--keep-anyway', 'keep the version although it is not better')
    .option('--json', 'machine-readable result')
    .action(run);
}

/**
 * What to learn from, as a function that reads it.
 * @throws UsageError where that is not said.
 */
function sourceOf(
  options: Options,
): (bundle: Bundle, signal: AbortSignal) => Promise<DecidedSlice[]> {
  const { dataset, prompts, prompt, limit, images, labels, label, slices, every } = options;
  if (dataset !== undefined) {
    const choice = {
      dataset,
      // Others are there to judge by.
      split: 'Train' as const,
      ...(prompts !== undefined && { prompts }),
      ...(prompt !== undefined && { prompt }),
      ...(limit !== undefined && { limit }),
    };
    return (bundle, signal) => pictureSlices(choice, bundle, signal);
  }
  if (images === undefined || labels === undefined) {
    throw new UsageError(
      'learn needs images and their truth.',
      'Give --images and --labels for volumes, or --dataset for pictures.',
    );
  }
  if (label === undefined) {
    throw new UsageError(
      'learn needs at least one --label.',
      'E.g. --label "hippocampus=hippocampus in a brain MR:1+2".',
    );
  }
  const which = slices ? { slices } : every ? { every } : null;
  if (which === null) {
    throw new UsageError(
      'learn needs to know which slices to learn from.',
      'Give --slices "case:axial:12,…" or --every 5.',
    );
  }
  return ({ json }) =>
    chooseSlices(pairCases(images, labels), label, which, json.preprocessing.window);
}

async function run(name: string, options: Options): Promise<void> {
  const read = sourceOf(options);
  const signal = interruptSignal();
  const bundle = await openBundle(resolveBundle(name), options.adapters);
  const decided = await read(bundle, signal);
  const device = await chooseDevice(options.device);
  const progress = progressLine();
  let result: LearnedVersion;
  try {
    result = await withEngine(bundle, device, printNotice, (engine) =>
      learnVersion(engine, {
        bundle,
        slices: decided,
        settings: {
          ...LEARNING_DEFAULTS,
          steps: options.steps,
          batch: options.batch,
          rate: fallingFrom(options.lr),
          trainable: options.trainable,
          seed: options.seed,
        },
        samples: options.samples,
        name:
          options.name ??
          `${decided.length} ${options.dataset === undefined ? 'slices' : 'pictures'}`,
        out: resolve(options.out),
        application: { version: VERSION },
        overrule: options.keepAnyway ?? false,
        signal,
        onProgress: ({ step, steps, losses, secondsLeft }) =>
          progress.show(
            `step ${step} of ${steps}: loss ${losses.total.toFixed(3)}, ${secondsLeft.toFixed(0)} s left`,
          ),
      }),
    );
  } finally {
    progress.end();
  }
  const { lineage } = result.version;
  if (options.json) console.log(JSON.stringify({ kept: result.kept, lineage }));
  else print(result, options);
  if (!result.kept) {
    throw new MarginaliaError(
      'not-better',
      'The learned adapters were not kept: they are not better on the slices held back.',
      'Correct more slices, or keep them with --keep-anyway.',
    );
  }
}

function print({ version: { lineage }, kept }: LearnedVersion, { out, dataset }: Options): void {
  const { judgement, slices, seconds } = lineage;
  const held = slices.filter(({ role }) => role === 'validation').length;
  console.log(
    `Learned from ${slices.length - held} ${dataset === undefined ? 'slices' : 'pictures'} in ${seconds.toFixed(0)} s on ${lineage.device}.`,
  );
  if (judgement === null) {
    console.log('There was no slice to hold back, so it was not judged.');
  } else {
    const row = (what: string, key: 'dice' | 'nsd'): string[] => [
      what,
      judgement.before[key].toFixed(3),
      judgement.after[key].toFixed(3),
    ];
    console.log(
      table(
        [`on ${held} held back`, 'before', 'after'],
        [row('Dice', 'dice'), row(dataset === undefined ? 'NSD 2 mm' : 'NSD 2 px', 'nsd')],
      ),
    );
  }
  if (kept) console.log(`Version ${lineage.id} is in ${out}. For research use only.`);
}
