import { MarginaliaError } from '../../shared/errors.ts';
import type { Window } from '../../shared/volume.ts';
import type { OutputFile } from './atomic.ts';
import { holdsUndecided } from './contents.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { dicomSegmentation, type SegmentationType } from './dicom-seg/index.ts';
import { niftiFile, textFile } from './output-files.ts';
import { encodePng } from './preview/png.ts';
import type { OnGrid } from './on-grid.ts';
import type { LabelResult, WholeSuggestion } from './result.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';
import { whoDrew } from './who-drew.ts';

/**
 * labels.nii.gz, labels.tsv, labels.label.txt (ITK-SNAP) and, beside a suggestion for the whole,
 * probability.nii.gz (4-D for several labels), uncertainty.nii.gz and preview.png. On the grid of `on`.
 */
export function niftiFiles(result: LabelResult, on: OnGrid): OutputFile[] {
  const { labels, suggestion } = result;
  const files = [
    labelsFile('labels.nii.gz', result, on),
    textFile('labels.tsv', labelsTsv(labels)),
    textFile('labels.label.txt', itkSnapLabels(labels)),
  ];
  if (suggestion === null) return files;
  return [
    ...files,
    probabilityFile('probability.nii.gz', result, on, suggestion),
    mapsFile('uncertainty.nii.gz', result, on, 1, Math.LN2, async () => [
      await suggestion.uncertainty(),
    ]),
    previewFile('preview.png', result, on, suggestion),
  ];
}

/** The label map as NIfTI. */
export function labelsFile(
  name: string,
  { acquisition, labels, labelMap, contents }: LabelResult,
  on: OnGrid,
): OutputFile {
  const highest = Math.max(...labels.map(({ value }) => value));
  const bytes = voxelsOf(on) * labelMap.BYTES_PER_ELEMENT;
  const image = {
    grid: on.grid,
    acquisition,
    range: [0, highest],
    labels: true,
    undecided: contents !== null && holdsUndecided(contents),
    resampled: on.resampled !== null,
  } as const;
  return niftiFile(name, image, bytes, async () => [await on.labels(labelMap)]);
}

/** The image as NIfTI. @param window in which viewers should show it. */
export function imageFile(
  name: string,
  { acquisition, image: { data } }: LabelResult,
  on: OnGrid,
  { centre, width }: Window,
): OutputFile {
  const image = {
    grid: on.grid,
    acquisition,
    range: [centre - width / 2, centre + width / 2],
    resampled: on.resampled !== null,
  } as const;
  return niftiFile(name, image, voxelsOf(on) * data.BYTES_PER_ELEMENT, async () => [
    await on.image(),
  ]);
}

/** One frame a label, 0…1. */
export const probabilityFile = (
  name: string,
  result: LabelResult,
  on: OnGrid,
  { probability }: WholeSuggestion,
): OutputFile => mapsFile(name, result, on, result.labels.length, 1, probability);

/** Maps that are computed when they are written. @param highest of all values; the lowest is 0. */
function mapsFile(
  name: string,
  { acquisition, labelMap, image: { raster } }: LabelResult,
  on: OnGrid,
  count: number,
  highest: number,
  maps: () => Promise<readonly Float32Array[]>,
): OutputFile {
  const image = {
    grid: on.grid,
    acquisition,
    range: [0, highest],
    resampled: on.resampled !== null,
  } as const;
  return niftiFile(name, image, 4 * count * voxelsOf(on), async () => {
    const frames = await maps();
    if (frames.length !== count || !frames.every((map) => map.length === labelMap.length)) {
      throw new MarginaliaError(
        'size-mismatch',
        `The maps of ${name} do not fit an image of ${raster.size.join(' × ')} voxels and ${count} ${count === 1 ? 'map' : 'maps'}.`,
      );
    }
    const written: Float32Array[] = [];
    for (const map of frames) written.push(await on.map(map));
    return written;
  });
}

const voxelsOf = ({ grid: { size } }: OnGrid): number => size[0] * size[1] * size[2];

const previewFile = (
  name: string,
  result: LabelResult,
  on: OnGrid,
  { window, slices, uncertainty }: WholeSuggestion,
): OutputFile => ({
  name,
  atMost: 4_000_000,
  content: async function* () {
    const sheet = {
      image: { grid: on.grid, data: await on.image() },
      window,
      labels: result.labels,
      labelMap: await on.labels(result.labelMap),
      slices: Array.from({ length: on.grid.size[2] }, (_, k) => slices[on.frameAt(k)]!),
      uncertainty: await on.map(await uncertainty()),
    };
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
