import { type Command, Option } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import type { Window } from '../../shared/volume.ts';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import type { PlaneName } from '../../main/engine/bundle/model-json.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { SPLITS, type Split } from '../../main/images/index.ts';
import {
  type Evaluation,
  evaluate,
  evaluatePictures,
  type LabelTruth,
  type PictureEvaluation,
} from '../../main/services/evaluate/index.ts';
import {
  collectTruth,
  parseCount,
  parseDeviceChoice,
  parseIslands,
  parsePlanes,
  parseWindow,
} from '../parse.ts';
import { chooseDevice, type DeviceChoice } from '../../main/engine/runtime/devices.ts';
import type { IslandRule } from '../../main/services/suggest/index.ts';
import { withEngine } from '../../main/services/engine/index.ts';
import { interruptSignal } from '../interrupt.ts';
import { printNotice } from '../notices.ts';
import { progressLine, table } from '../output.ts';

interface Options {
  readonly adapters?: string;
  readonly images?: string;
  readonly labels?: string;
  readonly label?: LabelTruth[];
  readonly dataset?: string;
  readonly split?: Split;
  readonly prompts?: string;
  readonly prompt?: string;
  readonly samples: number;
  readonly seed: number;
  readonly limit?: number;
  readonly window?: Window;
  readonly planes?: PlaneName[];
  readonly islands?: IslandRule;
  readonly device: DeviceChoice;
  readonly json?: boolean;
}

export function registerEval(program: Command): void {
  program
    .command('eval')
    .description(
      'compare the masks of a model with given ones: 3-D Dice and surface Dice (2 mm) of volumes, or what the published code measures of pictures',
    )
    .argument('<bundle>', 'folder or name')
    .option('--images <dir>', 'volumes (.nii, .nii.gz, .nrrd, .mha)')
    .option('--labels <dir>', 'label volumes of the same names')
    .option(
      '--label <name=prompt:values>',
      'what to ask for in volumes, and its values in the labels',
      collectTruth,
    )
    .addOption(
      new Option(
        '--dataset <dir>',
        'pictures instead: a data set as it is published, {Train,Val,Test}_Folder/{img,label} and Prompts_Folder',
      ).conflicts(['images', 'labels', 'label', 'window', 'planes', 'islands']),
    )
    .addOption(new Option('--split <which>', 'which part of the data set').choices(SPLITS))
    .option(
      '--prompts <name>',
      'what to ask for: the prompt table <split>_text_<name>.xlsx; default: original, which is also the table without a name',
    )
    .option('--prompt <text>', 'what to ask for in every picture, in place of what the table says')
    .option(
      '--samples <n>',
      'Monte-Carlo samples; 0 is the mean pass alone',
      parseCount('--samples', 0),
      30,
    )
    .option('--seed <n>', 'seed of the samples', parseCount('--seed', 0), 0)
    .option('--limit <n>', 'only the first n volumes or pictures', parseCount('--limit', 1))
    .option(
      '--window <centre,width>',
      'display window; default: what the model asks for',
      parseWindow,
    )
    .option(
      '--planes <list>',
      'axial, coronal, sagittal, acquired; default: what the model asks for',
      parsePlanes,
    )
    .option(
      '--islands <which>',
      'pieces of labels to keep: largest, or those from so many ml on',
      parseIslands,
    )
    .option('--device <device>', 'auto, cpu, webgpu or cuda', parseDeviceChoice, 'auto')
    .option('--adapters <dir>', 'learned adapters, as `marginalia learn` wrote them')
    .option('--json', 'machine-readable result, with every picture or volume')
    .action((name: string, options: Options) =>
      options.dataset === undefined
        ? evaluateVolumes(name, options)
        : evaluateDataset(name, options.dataset, options),
    );
}

async function evaluateVolumes(name: string, options: Options): Promise<void> {
  const { images, labels, label } = options;
  if (images === undefined || labels === undefined) {
    throw new UsageError(
      'eval needs images and their truth.',
      'Give --images and --labels for volumes, or --dataset and --split for pictures.',
    );
  }
  if (label === undefined) {
    throw new UsageError(
      'eval needs at least one --label.',
      'E.g. --label "hippocampus=hippocampus:1+2".',
    );
  }
  if (options.prompts !== undefined || options.prompt !== undefined || options.split) {
    throw new UsageError(
      '--split, --prompts and --prompt are for pictures.',
      'Say with --label what to ask for in volumes.',
    );
  }
  const bundle = await openBundle(resolveBundle(name), options.adapters);
  const progress = progressLine();
  const device = await chooseDevice(options.device);
  const result = await withEngine(bundle, device, printNotice, ({ predict }) =>
    evaluate(predict, {
      ...options,
      images,
      labels,
      truths: label,
      rules: bundle.json.preprocessing,
      onCase: (done, total) => progress.show(`case ${done} of ${total}`),
    }),
  ).finally(() => progress.end());
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
}

function print({ cases, mean }: Evaluation): void {
  const row = (name: string, label: string, s: { dice: number; nsd: number }): string[] => [
    name,
    label,
    s.dice.toFixed(3),
    s.nsd.toFixed(3),
  ];
  console.log(
    table(
      ['case', 'label', 'Dice', 'NSD 2 mm'],
      [
        ...cases.map((c) => row(c.case, c.label, c)),
        ...Object.entries(mean).map(([label, s]) => row('mean', label, s)),
      ],
    ),
  );
}

async function evaluateDataset(name: string, dataset: string, options: Options): Promise<void> {
  const { split, samples, seed, prompts, prompt, limit } = options;
  if (split === undefined) {
    throw new UsageError('eval needs to know which part of the data set.', 'E.g. --split Test.');
  }
  const signal = interruptSignal();
  const bundle = await openBundle(resolveBundle(name), options.adapters);
  const device = await chooseDevice(options.device);
  const progress = progressLine();
  const result = await withEngine(bundle, device, printNotice, ({ predict }) =>
    evaluatePictures(predict, {
      bundle,
      dataset,
      split,
      samples,
      seed,
      ...(prompts !== undefined && { prompts }),
      ...(prompt !== undefined && { prompt }),
      ...(limit !== undefined && { limit }),
      signal,
      onPicture: (done, total) => progress.show(`picture ${done} of ${total}`),
    }),
  ).finally(() => progress.end());
  if (options.json) console.log(JSON.stringify(result));
  else printPictures(result);
}

/** So many of the worst pictures are named. */
const WORST = 5;

function printPictures(result: PictureEvaluation): void {
  const { pictures, mean, pooledCalibrationError, doubtErrorRankCorrelation } = result;
  const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  const cells = (m: PictureEvaluation['mean']): string[] => [
    figure(m.dice),
    figure(m.nsd),
    figure(m.calibrationError),
    figure(m.doubtErrorCorrelation),
  ];
  const worst = [...pictures].sort((a, b) => a.dice - b.dice).slice(0, WORST);
  console.log(
    table(
      [
        `${pictures.length} pictures`,
        'Dice',
        'NSD 2 px',
        'calibration error',
        'doubt and error correlate',
      ],
      [['mean', ...cells(mean)], ...worst.map((one) => [one.picture, ...cells(one)])],
    ),
  );
  console.log(`\nCalibration error of all pixels together: ${figure(pooledCalibrationError)}`);
  console.log(
    `Mean doubt of a picture and 1 − Dice, rank correlation: ${figure(doubtErrorRankCorrelation)}`,
  );
}
