import { frameSize as sizeOf, type Channels } from '../../../shared/image/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';
import { brightness, windowRange } from '../../../shared/windowing.ts';
import type { LabelledImage } from '../labelled-image.ts';
import type { AnnotationResult } from '../result.ts';

/** [columns, rows] of frame k. */
export const frameSize = (
  { raster }: Pick<LabelledImage, 'raster'>,
  k: number,
): readonly [number, number] => sizeOf(raster, k);

/**
 * Values of frame k alone, row by row, without what lies beside it in the array of its image.
 * @param array of all frames, the channels of a pixel side by side.
 */
export function frameValues<A extends VoxelArray>(
  array: A,
  image: Pick<LabelledImage, 'raster'>,
  k: number,
  channels: Channels = 1,
): A {
  const [nx, ny] = image.raster.size;
  const [columns, rows] = frameSize(image, k);
  const frame = array.subarray(k * nx * ny * channels, (k + 1) * nx * ny * channels) as A;
  if (columns === nx && rows === ny) return frame;
  const alone = new (array.constructor as new (length: number) => A)(columns * rows * channels);
  const [across, length] = [nx * channels, columns * channels];
  for (let y = 0; y < rows; y++)
    alone.set(frame.subarray(y * across, y * across + length), y * length);
  return alone;
}

/**
 * Frame k in 8 bits, as viewers of pictures show it: colour and grey values of 8 bits as they are, others
 * through the window of the image; where small values are bright, mirrored.
 */
export function shownFrame(
  { image, window }: Pick<AnnotationResult, 'image' | 'window'>,
  k: number,
): Uint8Array {
  const values = frameValues(image.data, image, k, image.channels);
  if (values instanceof Uint8Array)
    return image.inverted ? values.map((value) => 255 - value) : values;
  const range = windowRange(window);
  return Uint8Array.from(values, (value) => {
    const shown = Math.round(255 * brightness(value, range));
    return image.inverted ? 255 - shown : shown;
  });
}
