import { MarginaliaError } from '../../../shared/errors.ts';
import type { OutputFile } from '../atomic.ts';
import type { LabelledImage } from '../labelled-image.ts';
import type { LabelResult } from '../result.ts';
import { frameNames } from './frame-names.ts';
import { pngFile } from './png-file.ts';
import { writtenFrames } from './written-frames.ts';

/**
 * masks/<name>.png, one for each frame as `writtenFrames`, of its size: label values in 8 bit, 0 where
 * nothing is labelled.
 * @throws MarginaliaError `nothing-labelled`, `too-many-labels`.
 */
export function maskFiles(result: LabelResult): OutputFile[] {
  requireBytes(result);
  const names = frameNames(result.image);
  return writtenFrames(result).map((k) =>
    pngFile(`masks/${names[k]!}.png`, frameSize(result.image, k), 1, 8, () => maskOf(result, k)),
  );
}

/** Values of labels in the window are bytes; those of a command need not be. */
function requireBytes({ labels }: LabelResult): void {
  const large = labels.find(({ value }) => value > 255);
  if (large === undefined) return;
  throw new MarginaliaError(
    'too-many-labels',
    `The label “${large.name}” has the value ${large.value}; a mask of 8 bits holds up to 255.`,
    'Write the labels as NIfTI, or fewer of them.',
  );
}

/** [columns, rows] of frame k. */
export const frameSize = ({ raster }: LabelledImage, k: number): readonly [number, number] =>
  raster.frameSizes?.[k] ?? [raster.size[0], raster.size[1]];

/** Label values of frame k, row by row. */
export function maskOf({ image, labelMap }: LabelResult, k: number): Uint8Array {
  const [nx, ny] = image.raster.size;
  const [columns, rows] = frameSize(image, k);
  const mask = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    const from = nx * (y + ny * k);
    mask.set(labelMap.subarray(from, from + columns), y * columns);
  }
  return mask;
}
