import type { Command } from 'commander';
import { UsageError } from '../../shared/errors.ts';
import type { Window } from '../../shared/volume.ts';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import type { PlaneName } from '../../main/engine/bundle/model-json.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { type LabelTruth, evaluate, type Evaluation } from '../../main/services/evaluate/index.ts';
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
import { printNotice } from '../notices.ts';
import { progressLine, table } from '../output.ts';

interface Options {
  readonly adapters?: string;
  readonly images: string;
  readonly labels: string;
  readonly label?: LabelTruth[];
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
    .description('compare the masks of a model with given ones: 3-D Dice and surface Dice (2 mm)')
    .argument('<bundle>', 'folder or name')
    .requiredOption('--images <dir>', 'volumes (.nii, .nii.gz, .nrrd, .mha)')
    .requiredOption('--labels <dir>', 'label volumes of the same names')
    .option(
      '--label <name=prompt:values>',
      'what to ask for, and its values in the labels',
      collectTruth,
    )
    .option(
      '--samples <n>',
      'Monte-Carlo samples; 0 is the mean pass alone',
      parseCount('--samples', 0),
      30,
    )
    .option('--seed <n>', 'seed of the samples', parseCount('--seed', 0), 0)
    .option('--limit <n>', 'only the first n cases', parseCount('--limit', 1))
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
    .option('--json', 'machine-readable result')
    .action(async (name: string, options: Options) => {
      if (options.label === undefined) {
        throw new UsageError(
          'eval needs at least one --label.',
          'E.g. --label "hippocampus=hippocampus:1+2".',
        );
      }
      const bundle = await openBundle(resolveBundle(name), options.adapters);
      const progress = progressLine();
      const device = await chooseDevice(options.device);
      const result = await withEngine(bundle, device, printNotice, ({ predict }) =>
        evaluate(predict, {
          ...options,
          truths: options.label!,
          rules: bundle.json.preprocessing,
          onCase: (done, total) => progress.show(`case ${done} of ${total}`),
        }),
      );
      progress.end();
      if (options.json) console.log(JSON.stringify(result));
      else print(result);
    });
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
