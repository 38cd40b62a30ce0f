import { MarginaliaError } from '../../shared/errors.ts';
import type { VoxelArray } from '../../shared/volume.ts';
import type { OutputFile } from './atomic.ts';
import { holdsUndecided } from './contents.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { dicomSegmentation, type SegmentationType } from './dicom-seg/index.ts';
import { lateNiftiFile, niftiFile, textFile } from './output-files.ts';
import { encodePng } from './preview/png.ts';
import { volumeOf } from './labelled-image.ts';
import type { LabelResult, WholeSuggestion } from './result.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';
import { whoDrew } from './who-drew.ts';

/**
 * labels.nii.gz, labels.tsv, labels.label.txt (ITK-SNAP) and, beside a suggestion for the whole,
 * probability.nii.gz (4-D for several labels), uncertainty.nii.gz and preview.png.
 */
export function niftiFiles(result: LabelResult): OutputFile[] {
  const { labels, suggestion } = result;
  const files = [
    labelsFile('labels.nii.gz', result),
    textFile('labels.tsv', labelsTsv(labels)),
    textFile('labels.label.txt', itkSnapLabels(labels)),
  ];
  if (suggestion === null) return files;
  return [
    ...files,
    probabilityFile('probability.nii.gz', result, suggestion),
    mapsFile('uncertainty.nii.gz', result, 1, Math.LN2, async () => [
      await suggestion.uncertainty(),
    ]),
    previewFile('preview.png', result, suggestion),
  ];
}

/** The label map as NIfTI. */
export function labelsFile(name: string, result: LabelResult): OutputFile {
  const { acquisition, labels, labelMap, contents } = result;
  const highest = Math.max(...labels.map(({ value }) => value));
  return niftiFile(name, {
    grid: volumeOf(result).grid,
    acquisition,
    frames: [labelMap],
    range: [0, highest],
    labels: true,
    undecided: contents !== null && holdsUndecided(contents),
  });
}

/** One frame a label, 0…1. */
export const probabilityFile = (
  name: string,
  result: LabelResult,
  { probability }: WholeSuggestion,
): OutputFile => mapsFile(name, result, result.labels.length, 1, probability);

/** Maps that are computed when they are written. @param highest of all values; the lowest is 0. */
function mapsFile(
  name: string,
  result: LabelResult,
  count: number,
  highest: number,
  maps: () => Promise<readonly VoxelArray[]>,
): OutputFile {
  const { acquisition, labelMap } = result;
  const { grid } = volumeOf(result);
  const on = { grid, acquisition, range: [0, highest] } as const;
  return lateNiftiFile(name, on, 4 * count * labelMap.length, async () => {
    const frames = await maps();
    if (frames.length === count && frames.every((map) => map.length === labelMap.length))
      return frames;
    throw new MarginaliaError(
      'size-mismatch',
      `The maps of ${name} do not fit an image of ${grid.size.join(' × ')} voxels and ${count} ${count === 1 ? 'map' : 'maps'}.`,
    );
  });
}

const previewFile = (
  name: string,
  result: LabelResult,
  { window, slices, uncertainty }: WholeSuggestion,
): OutputFile => ({
  name,
  atMost: 4_000_000,
  content: async function* () {
    const { labels, labelMap } = result;
    const image = volumeOf(result);
    const sheet = { image, window, labels, labelMap, slices, uncertainty: await uncertainty() };
    yield* encodePng(await drawContactSheet(sheet));
  },
});

/** The labels as a DICOM segmentation; its segments say who drew, and what nobody decided on. */
export async function segmentationFile(
  name: string,
  result: LabelResult,
  type: SegmentationType,
): Promise<OutputFile> {
  const source = await result.dicom();
  return dicomSegmentation(name, { ...result, ...source, ...whoDrew(result) }, type);
}
