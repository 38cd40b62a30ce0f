import { PassThrough } from 'node:stream';
import { PNG } from 'pngjs';
import type { OutputFile } from '../atomic.ts';
import type { LabelledImage } from '../labelled-image.ts';
import type { LabelResult } from '../result.ts';
import { frameNames } from './frame-names.ts';

/**
 * masks/<name>.png, one for each frame, of its size: label values in 8 bit, 0 where nothing is
 * labelled.
 */
export function maskFiles(result: LabelResult): OutputFile[] {
  return frameNames(result.image).map((name, k) => ({
    name: `masks/${name}.png`,
    atMost: 2 * frameSize(result.image, k).reduce((a, b) => a * b) + 4096,
    content: () => greyPng(maskOf(result, k), frameSize(result.image, k)),
  }));
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

/** A PNG file of 8-bit grey values, compressed off the event loop. */
export function greyPng(
  values: Uint8Array,
  [width, height]: readonly [number, number],
): AsyncIterable<Uint8Array> {
  const png = new PNG({ width, height, colorType: 0, inputColorType: 0, bitDepth: 8 });
  png.data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return png.pack().pipe(new PassThrough());
}
