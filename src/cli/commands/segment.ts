import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import type { PlaneName } from '../../main/engine/bundle/model-json.ts';
import { resolveBundle } from '../../main/engine/bundle/library.ts';
import { chooseDevice, type DeviceChoice } from '../../main/engine/runtime/devices.ts';
import { requireImages, scanImages, type ImageScan } from '../../main/images/index.ts';
import { chooseImage, siblingsOf } from '../../main/services/cases/index.ts';
import { withEngine } from '../../main/services/engine/index.ts';
import {
  segmentSeries,
  type SegmentationSummary,
  type IslandRule,
  type LabelPrompt,
} from '../../main/services/suggest/index.ts';
import { frameWord, type ImageInfo } from '../../shared/image/index.ts';
import type { Window } from '../../shared/volume.ts';
import { interruptSignal } from '../interrupt.ts';
import { printNotice } from '../notices.ts';
import { progressLine, table } from '../output.ts';
import {
  collectLabel,
  parseCount,
  parseDeviceChoice,
  parseIslands,
  parseNumber,
  parsePlanes,
  parseWindow,
} from '../parse.ts';
import { VERSION } from '../version.ts';

export interface SegmentOptions {
  readonly out: string;
  readonly series?: string;
  readonly model: string;
  readonly adapters?: string;
  readonly label?: LabelPrompt[];
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  readonly device: DeviceChoice;
  readonly window?: Window;
  readonly planes?: PlaneName[];
  readonly islands?: IslandRule;
  readonly resample?: boolean;
  readonly calibrate?: boolean;
  readonly dicomSeg?: boolean;
  readonly json?: boolean;
}

/**
 * Standard error of the mean probability at which a slice has settled: a percentage point, where the
 * probability is in doubt at all, hardly moves a contour.
 */
export const TOLERANCE = 0.01;

export function registerSegment(program: Command): void {
  program
    .command('segment')
    .description(
      'segment an image (DICOM, NIfTI, NRRD, MetaImage, pictures) by text prompts: labels, probability and uncertainty as NIfTI, or a PNG mask for each slice or picture',
    )
    .argument('<path>', 'folder, file or zip')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--series <uid>', 'which series, where there are several (see `marginalia series`)')
    .option('--model <bundle>', 'folder or name', 'default')
    .option('--adapters <dir>', 'learned adapters, as `marginalia learn` wrote them')
    .option('--label <name=prompt>', 'what to segment; may be given several times', collectLabel)
    .option(
      '--samples <n>',
      'most Monte-Carlo samples a slice; 0 is the mean pass alone',
      parseCount('--samples', 0),
      30,
    )
    .option('--seed <n>', 'seed of the samples', parseCount('--seed', 0), 0)
    .option(
      '--tolerance <p>',
      'standard error of the mean probability at which sampling stops; 0 takes all samples',
      parseNumber('--tolerance', (n) => n >= 0 && n < 0.5, 'a number from 0 to 0.5'),
      TOLERANCE,
    )
    .option(
      '--planes <list>',
      'planes whose masks are fused: axial, coronal, sagittal, acquired; default: what the model asks for',
      parsePlanes,
    )
    .option(
      '--islands <which>',
      'pieces of labels to keep: largest, or those from so many ml on',
      parseIslands,
    )
    .option('--device <device>', 'auto, cpu, webgpu or cuda', parseDeviceChoice, 'auto')
    .option(
      '--window <centre,width>',
      'display window; default: what the model asks for',
      parseWindow,
    )
    .option('--resample', 'bring an irregular series onto a regular grid first, for NIfTI')
    .option('--calibrate', 'probability and doubt at the temperature of the learned adapters')
    .option(
      '--dicom-seg',
      'write a DICOM segmentation, too: segmentation.dcm, in the study of a DICOM series',
    )
    .option('--json', 'machine-readable result')
    .action(async (path: string, options: SegmentOptions) => {
      const summary = await runSegment(path, options);
      if (options.json) console.log(JSON.stringify(summary));
      else printSummary(summary, options.out);
    });
}

/** The whole job, with progress on the terminal. */
export async function runSegment(
  path: string,
  options: SegmentOptions,
): Promise<SegmentationSummary> {
  const signal = interruptSignal();
  const progress = progressLine();
  try {
    const scan = await scanImages([path], {
      signal,
      onProgress: (files) => progress.show(`reading headers: ${files} files`),
    });
    requireImages(scan, [path]);
    const image = chooseImage(scan, options.series);
    progress.end();
    printFailures(scan);
    if (options.series === undefined) printChoice(scan, image);
    const bundle = await openBundle(resolveBundle(options.model), options.adapters);
    const device = await chooseDevice(options.device);
    return await withEngine(bundle, device, printNotice, (engine) =>
      segmentSeries(engine, {
        image,
        bundle,
        out: resolve(options.out),
        labels: options.label ?? [],
        samples: options.samples,
        seed: options.seed,
        tolerance: options.tolerance,
        ...(options.window && { window: options.window }),
        ...(options.planes && { planes: options.planes }),
        ...(options.islands && { islands: options.islands }),
        resample: options.resample ?? false,
        calibrate: options.calibrate ?? false,
        dicomSeg: options.dicomSeg ?? false,
        application: { version: VERSION },
        signal,
        onProgress: (phase, done, total) =>
          progress.show(`${phase}: ${frameWord(image.kind)} ${done} of ${total}`),
      }),
    );
  } finally {
    progress.end();
  }
}

/** Files that would belong to a series and cannot be loaded: a slice may be missing because of them. */
function printFailures({ files }: ImageScan): void {
  const failed = files.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return;
  process.stderr.write(
    `marginalia: note: ${failed.length} of ${files.length} files cannot be loaded, the first is ` +
      `${failed[0]!.path}: ${failed[0]!.reason}.\n`,
  );
}

/** Which of several volumes was taken without being asked for. */
function printChoice(scan: ImageScan, image: ImageInfo): void {
  const others = siblingsOf(scan, image).length;
  if (others === 0) return;
  process.stderr.write(
    `marginalia: note: the series holds ${others + 1} stacks of images; the first is taken` +
      `${image.distinction === '' ? '' : ` (${image.distinction})`}. --series chooses another.\n`,
  );
}

export function printSummary(summary: SegmentationSummary, out: string): void {
  const rows = summary.labels.map(({ name, voxels, amount, meanUncertainty }) => [
    name,
    String(voxels),
    ...(summary.unit === 'pixels'
      ? []
      : [amount >= 100 ? amount.toFixed(0) : amount.toPrecision(3)]),
    meanUncertainty === null ? '–' : meanUncertainty.toFixed(3),
  ]);
  const columns = { ml: ['voxels', 'ml'], 'mm²': ['pixels', 'mm²'], pixels: ['pixels'] };
  console.log(table(['label', ...columns[summary.unit], 'uncertainty'], rows));
  const word = frameWord(summary.kind);
  if (summary.kind !== 'picture') {
    const worst = summary.worstSlices.map(
      ({ slice, name, meanUncertainty }) => `${name ?? slice} (${meanUncertainty.toFixed(3)})`,
    );
    console.log(`\nMost uncertain ${word}s: ${worst.join(', ')}`);
  }
  const { least, most } = summary.samplesUsed;
  console.log('Uncertainty is the mean entropy in nats, 0 … 0.693.');
  console.log(`Samples a ${word}: ${least === most ? least : `${least} to ${most}`}`);
  if (summary.resampled !== null) console.log(`The series was ${summary.resampled}.`);
  if (summary.noVolume !== null)
    console.log(`${summary.noVolume}: labels are a PNG for each ${word}, in masks/.`);
  console.log(`Results are in ${out}. For research use only.`);
}
