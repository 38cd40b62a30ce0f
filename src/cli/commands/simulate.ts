import { type Command, Option } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { LEARNING_DEFAULTS } from '../../main/engine/learn/types.ts';
import { chooseDevice, type DeviceChoice } from '../../main/engine/runtime/devices.ts';
import { SPLITS, type Split } from '../../main/images/index.ts';
import type { LabelTruth } from '../../main/services/evaluate/index.ts';
import { withEngine } from '../../main/services/engine/index.ts';
import {
  roundsOf,
  simulate,
  type SimulatedCase,
  type SimulationSource,
  summarise,
} from '../../main/services/simulate/index.ts';
import type { Strategy } from '../../main/services/suggest/index.ts';
import { interruptSignal } from '../interrupt.ts';
import { printNotice } from '../notices.ts';
import { progressLine, table } from '../output.ts';
import {
  collectTruth,
  fallingFrom,
  parseCount,
  parseDeviceChoice,
  parseRate,
  parseRounds,
} from '../parse.ts';
import { VERSION } from '../version.ts';

interface Options {
  readonly images?: string;
  readonly labels?: string;
  readonly series?: string;
  readonly label?: LabelTruth[];
  readonly dataset?: string;
  readonly split: Split;
  readonly prompts?: string;
  readonly prompt?: string;
  readonly budget: number;
  readonly rounds?: number[];
  readonly strategy: Strategy;
  readonly learn: 'on' | 'off';
  readonly propagate: 'on' | 'off';
  readonly adapters?: string;
  readonly steps: number;
  readonly lr: number;
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly device: DeviceChoice;
  readonly json?: boolean;
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'play an annotator on labelled images: how good are the slices or pictures nobody annotated?',
    )
    .argument('<bundle>', 'folder or name')
    .option(
      '--images <path>',
      'a folder of volumes (.nii, .nii.gz, .nrrd, .mha), or one image as `segment` takes it: a DICOM series or clip, a folder of pictures',
    )
    .option(
      '--labels <path>',
      'label volumes of the same names; of one image a label volume, or a folder of PNG masks as `segment` and `export --png` write them',
    )
    .option('--series <uid>', 'which series, where one image is meant and there are several')
    .option(
      '--label <name=prompt:values>',
      'what is annotated, and its values in the labels; may be given several times',
      collectTruth,
    )
    .addOption(
      new Option(
        '--dataset <dir>',
        'pictures of a data set as it is published instead (see `marginalia eval --help`)',
      ).conflicts(['images', 'labels', 'label', 'series']),
    )
    .addOption(
      new Option('--split <which>', 'which part of the data set').choices(SPLITS).default('Train'),
    )
    .option(
      '--prompts <name>',
      'what to ask for in the pictures: the table <split>_text_<name>.xlsx',
    )
    .option('--prompt <text>', 'what to ask for in every picture, in place of what the table says')
    .requiredOption(
      '--budget <slices>',
      'most slices to annotate in each volume; of pictures or frames as many of them',
      parseCount('--budget', 1),
    )
    .option(
      '--rounds <n,n,…>',
      'after how many slices the rest is suggested anew (default: 4, 8, 16, … and the budget)',
      parseRounds,
    )
    .addOption(
      new Option('--strategy <which>', 'which slices come first')
        .choices(['uncertainty', 'random', 'uniform'])
        .default('uncertainty'),
    )
    .addOption(
      new Option('--learn <on|off>', 'whether the model learns in each round')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addOption(
      new Option(
        '--propagate <on|off>',
        'whether the shapes in annotated slices join what the model says',
      )
        .choices(['on', 'off'])
        .default('on'),
    )
    .option('--adapters <dir>', 'begin with these learned adapters')
    .option(
      '--steps <n>',
      'steps of Adam a round',
      parseCount('--steps', 1),
      LEARNING_DEFAULTS.steps,
    )
    .option('--lr <rate>', 'learning rate at the start', parseRate, LEARNING_DEFAULTS.rate[0])
    .option(
      '--samples <n>',
      'Monte-Carlo samples of every suggestion',
      parseCount('--samples', 0),
      10,
    )
    .option('--seed <n>', 'seed of everything drawn', parseCount('--seed', 0), 0)
    .option(
      '--limit <n>',
      'only the first n volumes, or pictures of a data set',
      parseCount('--limit', 1),
    )
    .option('--device <device>', 'auto, cpu, webgpu or cuda', parseDeviceChoice, 'auto')
    .option('--json', 'machine-readable result')
    .action(run);
}

/** @throws UsageError where it is not said what to play on. */
function sourceOf(options: Options): SimulationSource {
  const { dataset, split, prompts, prompt, limit, images, labels, label, series } = options;
  if (dataset !== undefined) {
    return {
      dataset,
      split,
      ...(prompts !== undefined && { prompts }),
      ...(prompt !== undefined && { prompt }),
      ...(limit !== undefined && { limit }),
    };
  }
  if (images === undefined || labels === undefined) {
    throw new UsageError(
      'simulate needs images and their truth.',
      'Give --images and --labels, or --dataset for a published data set of pictures.',
    );
  }
  if (label === undefined) {
    throw new UsageError(
      'simulate needs at least one --label.',
      'E.g. --label "hippocampus=hippocampus in a brain MR:1+2".',
    );
  }
  return { images, labels, truths: label, ...(series !== undefined && { series }) };
}

async function run(name: string, options: Options): Promise<void> {
  const { seed, steps, json } = options;
  const source = sourceOf(options);
  const signal = interruptSignal();
  const bundle = await openBundle(resolveBundle(name), options.adapters);
  const device = await chooseDevice(options.device);
  const progress = progressLine();
  let cases: SimulatedCase[];
  try {
    cases = await withEngine(bundle, device, printNotice, (engine) =>
      simulate(engine, {
        ...options,
        bundle,
        source,
        rounds: options.rounds?.filter((n) => n <= options.budget) ?? roundsOf(options.budget),
        learns: options.learn === 'on',
        propagates: options.propagate === 'on',
        settings: { ...LEARNING_DEFAULTS, seed, steps, rate: fallingFrom(options.lr) },
        application: { version: VERSION },
        signal,
        onProgress: (text) => progress.show(text),
      }),
    );
  } finally {
    progress.end();
  }
  const mean = summarise(cases);
  if (json) console.log(JSON.stringify({ cases, mean }));
  else print(mean);
}

function print(mean: ReturnType<typeof summarise>): void {
  const percent = (part: number): string => `${(100 * part).toFixed(0)}%`;
  console.log(
    table(
      [
        'label',
        'slices',
        'cases',
        'Dice of the rest',
        'model alone',
        'by interpolation',
        'work',
        'work with interpolation',
      ],
      mean.map((m) => [
        m.label,
        String(m.slices),
        String(m.cases),
        m.dice.toFixed(3),
        m.modelDice.toFixed(3),
        m.interpolatedDice?.toFixed(3) ?? '–',
        percent(m.work),
        m.interpolatedWork === null ? '–' : percent(m.interpolatedWork),
      ]),
    ),
  );
  console.log(
    '\nWork: voxels to change until all is right, against painting all by hand. Means over images.',
  );
}
