import type { VoxelArray } from '../../shared/volume.ts';
import type { AnnotationResult, WholeSuggestion } from './annotation-result.ts';
import type { OutputFile } from './atomic.ts';
import { lateNiftiFile, niftiFile } from './write-segmentation.ts';

/** Whether a model had no part in the labels. */
export const isManual = ({ review }: AnnotationResult): boolean => review.suggestions.length === 0;

/** The label map as NIfTI. */
export function labelsFile(name: string, result: AnnotationResult): OutputFile {
  const { image, acquisition, labels, labelMap } = result;
  const highest = Math.max(...labels.map(({ value }) => value));
  return niftiFile(name, {
    grid: image.grid,
    acquisition,
    frames: [labelMap],
    range: [0, highest],
    labels: true,
  });
}

/** One frame a label, 0…1. */
export const probabilityFile = (
  name: string,
  result: AnnotationResult,
  { probability }: WholeSuggestion,
): OutputFile => mapsFile(name, result, result.labels.length, 1, probability);

/** Nats, 0…ln 2. */
export const uncertaintyFile = (
  name: string,
  result: AnnotationResult,
  { uncertainty }: WholeSuggestion,
): OutputFile => mapsFile(name, result, 1, Math.LN2, async () => [await uncertainty()]);

/** Maps that are made when they are written. @param most of all values. */
function mapsFile(
  name: string,
  { image, acquisition, labelMap }: AnnotationResult,
  count: number,
  most: number,
  frames: () => Promise<readonly VoxelArray[]>,
): OutputFile {
  const on = { grid: image.grid, acquisition, range: [0, most] } as const;
  return lateNiftiFile(name, on, 4 * count * labelMap.length, frames);
}
