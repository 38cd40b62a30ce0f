import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { PlaneName } from '../../engine/bundle/model-json.ts';
import {
  labelledImage,
  type LabelledImage,
  writeSegmentation,
  type LabelDefinition,
  type SegmentationResult,
  whyNoVolume,
} from '../../export/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import {
  amountOf,
  amountUnit,
  requireGrid,
  requireVolume,
  type AmountUnit,
  type ImageInfo,
  type ImageKind,
} from '../../../shared/image/index.ts';
import { LABEL_COLOURS } from '../../../shared/label-colours.ts';
import type { Window } from '../../../shared/volume.ts';
import { COLOUR_WINDOW } from '../../../shared/windowing.ts';
import { calibrated, temperatureOf } from './calibrated.ts';
import { readerOf } from '../../images/index.ts';
import { dicomSource, sliceName } from '../cases/index.ts';
import type { JobEngine } from '../engine/index.ts';
import { nameVariant, requireTrained } from '../models/index.ts';
import { ACQUIRED, choosePlanes } from './planes.ts';
import { segmentPlanes } from './segment-planes.ts';
import { segmentFrames, type LabelPrompt, type VolumeSegmentation } from './segment-frames.ts';
import { islandText, tidyLabels, type IslandRule } from './tidy.ts';
import { chooseWindow } from './windowing.ts';

export interface SegmentSeriesOptions {
  readonly image: ImageInfo;
  readonly bundle: Bundle;
  readonly out: string;
  /** In the order of their values 1, 2, …; empty: what the bundle asks for by default. */
  readonly labels: readonly LabelPrompt[];
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  readonly window?: Window;
  /** Default: what the model asks for. */
  readonly planes?: readonly PlaneName[];
  /** Default: all pieces of a label stay. */
  readonly islands?: IslandRule;
  readonly resample?: boolean;
  /** Probability and doubt at the temperature of the learned adapters. */
  readonly calibrate?: boolean;
  /** Whether a DICOM segmentation is written beside the NIfTI files. */
  readonly dicomSeg?: boolean;
  readonly application: { readonly version: string };
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: 'reading' | 'segmenting', done: number, total: number) => void;
}

export interface LabelSummary {
  readonly name: string;
  readonly prompt: string;
  readonly value: number;
  readonly voxels: number;
  /** In `unit`. */
  readonly amount: number;
  /** Mean over the voxels of the label, nats; null where it is nowhere. */
  readonly meanUncertainty: number | null;
}

export interface SegmentationSummary {
  readonly labels: readonly LabelSummary[];
  readonly unit: AmountUnit;
  readonly kind: ImageKind;
  /** Slices, counted from 1, the most uncertain first; of a set with the names of their files. */
  readonly worstSlices: readonly {
    readonly slice: number;
    readonly name: string | null;
    readonly meanUncertainty: number;
  }[];
  readonly window: Window;
  readonly samplesUsed: { readonly least: number; readonly most: number };
  readonly resampled: string | null;
  /** Why there is no volume of labels, but one mask a slice; null where there is a volume. */
  readonly noVolume: string | null;
}

const WORST = 5;

/**
 * The main job: reads a series, segments every slice, writes the results into a folder.
 * The engine holds `bundle`.
 * @throws MarginaliaError as `ImageReader.readAll`, `segmentFrames`, `writeSegmentation`, `temperatureOf`;
 *   `no-label`.
 */
export async function segmentSeries(
  { predict, device }: JobEngine,
  options: SegmentSeriesOptions,
): Promise<SegmentationSummary> {
  const { image, bundle, signal, onProgress } = options;
  // What cannot be computed or written is refused before anything is.
  if (options.dicomSeg) await dicomSource(image, false);
  requireTrained(bundle);
  const reader = readerOf(image);
  const frames = await reader.readAll(image, {
    resample: options.resample ?? false,
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (done, total) => onProgress('reading', done, total) }),
  });
  const { resampled } = frames;
  const labelled = labelledImage(image, frames);
  /** Null where there is but one way to look at the frames. */
  const volume = frames.grid && image.channels === 1 ? requireVolume(image, frames) : null;
  const prompts =
    options.labels.length > 0 ? options.labels : defaultLabels(bundle, image.modality);
  const labels: LabelDefinition[] = prompts.map(({ name, prompt }, n) => ({
    name,
    prompt,
    value: n + 1,
    colour: LABEL_COLOURS[n % LABEL_COLOURS.length]!,
  }));
  const rules = bundle.json.preprocessing.window;
  const window =
    options.window ??
    (image.channels === 3
      ? COLOUR_WINDOW
      : chooseWindow(rules, frames, image.modality || undefined, image.windows[0]));
  const temperature = options.calibrate ? temperatureOf(bundle) : null;
  const planes =
    options.planes ??
    (volume
      ? choosePlanes(bundle.json.preprocessing.planes, volume, image.modality || undefined)
      : ACQUIRED);
  const common = {
    window,
    labels,
    samples: options.samples,
    seed: options.seed,
    tolerance: options.tolerance,
    sliceKey: (k: number) => sliceName({ image, resampled }, k),
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: (done: number, total: number) => onProgress('segmenting', done, total),
    }),
  };
  const asked = temperature === null ? predict : calibrated(predict, temperature);
  const segmentation = volume
    ? await segmentPlanes(asked, { ...common, volume, planes })
    : await segmentFrames(asked, { ...common, image: labelled });
  const islands = options.islands ?? null;
  if (islands) {
    const grid = requireGrid({ ...image, grid: frames.grid });
    const values = labels.map(({ value }) => value);
    tidyLabels(segmentation.labelMap, grid, values, islands);
  }
  const origin = reader.describe(image);
  const result: SegmentationResult = {
    image: labelled,
    acquisition: image.acquisition,
    labels,
    labelMap: segmentation.labelMap,
    suggestion: {
      probability: () => Promise.resolve(segmentation.probability),
      uncertainty: () => Promise.resolve(segmentation.uncertainty),
      slices: segmentation.slices.map(({ meanUncertainty, samplesUsed }) => ({
        meanUncertainty,
        samples: samplesUsed,
      })),
      model: {
        ...nameVariant(bundle),
        adapterVersion: bundle.version?.lineage.id ?? null,
        temperature,
      },
      window: { centre: window.centre, width: window.width },
      sampling: {
        requested: options.samples,
        planes: [...planes],
        islands: islandText(islands),
        seed: options.seed,
        tolerance: options.tolerance === 0 ? null : options.tolerance,
        device: device(),
      },
      propagation: null,
    },
    review: null,
    contents: null,
    application: options.application,
    source: {
      studyInstanceUid: origin.studyInstanceUid,
      seriesInstanceUid: origin.seriesInstanceUid,
      sopInstanceUids: [...origin.sopInstanceUids],
      modality: image.modality,
    },
    created: new Date(),
    resampled,
    resampling: null,
    dicom: () => dicomSource(image, resampled !== null),
  };
  const format = volume ? 'nifti' : 'png';
  await writeSegmentation(
    options.out,
    result,
    options.dicomSeg ? [format, 'dicom-seg'] : [format],
    signal ? { signal } : {},
  );
  return summaryOf(result, segmentation);
}

/** What a bundle asks for where the user does not, for images of a modality. */
function defaultLabels(bundle: Bundle, modality: string): LabelPrompt[] {
  const { prompts } = bundle.json;
  const fitting = prompts.filter((p) => p.byDefault && (p.modality ?? modality) === modality);
  if (fitting.length > 0) return fitting.map(({ label, prompt }) => ({ name: label, prompt }));
  const examples = prompts.slice(0, 4).map(({ label, prompt }) => `--label "${label}=${prompt}"`);
  throw new MarginaliaError(
    'no-label',
    `The model ${bundle.json.name} does not know by itself what to look for in ${modality || 'these'} images.`,
    `Say it with --label "<name>=<prompt>"${examples.length > 0 ? `, e.g. ${examples.join(' or ')}` : ''}.`,
  );
}

function summaryOf(
  result: SegmentationResult,
  segmentation: VolumeSegmentation,
): SegmentationSummary {
  const { labelMap, uncertainty } = segmentation;
  const voxels = new Array<number>(result.labels.length + 1).fill(0);
  const sums = new Array<number>(result.labels.length + 1).fill(0);
  for (let i = 0; i < labelMap.length; i++) {
    voxels[labelMap[i]!]! += 1;
    sums[labelMap[i]!]! += uncertainty[i]!;
  }
  const used = segmentation.slices.map(({ samplesUsed }) => samplesUsed);
  const { raster, kind, frames } = result.image;
  return {
    kind,
    unit: amountUnit(raster),
    labels: result.labels.map(({ name, prompt, value }) => ({
      name,
      prompt,
      value,
      voxels: voxels[value]!,
      amount: amountOf(voxels[value]!, raster),
      meanUncertainty: voxels[value] === 0 ? null : sums[value]! / voxels[value]!,
    })),
    worstSlices: [...segmentation.slices]
      .sort((a, b) => b.meanUncertainty - a.meanUncertainty || a.index - b.index)
      .slice(0, WORST)
      .map(({ index, meanUncertainty }) => ({
        slice: index + 1,
        name: kind === 'set' ? (frames?.[index]?.key ?? null) : null,
        meanUncertainty,
      })),
    window: result.suggestion.window,
    samplesUsed: { least: Math.min(...used), most: Math.max(...used) },
    resampled: result.resampled,
    noVolume: noVolume(result.image),
  };
}

function noVolume(image: LabelledImage): string | null {
  const why = whyNoVolume(image);
  return why && image.channels === 1 && image.resamplable
    ? `${why}; --resample brings them onto one`
    : why;
}
