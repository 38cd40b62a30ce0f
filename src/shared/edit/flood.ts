import { componentTaker } from '../connected.ts';
import type { Triple } from '../volume.ts';
import { eachRow, extentBox, padded, requireImage, voxelsOf } from './label-volume.ts';
import type { Extent, ImageValues, LabelVolume } from './label-volume.ts';
import type { Region } from './region.ts';

export interface FloodOptions {
  /** How far image values may be from that of the seed, in their unit. */
  readonly tolerance: number;
  /** How far from the seed it may go along each axis, in mm; default: to the ends of the extent. */
  readonly reach?: number;
}

/**
 * The voxels around a seed that are like it: those of the same label, with image values within the
 * tolerance of the seed's, that can be reached from it by 4-neighbours in a plane, or 6-neighbours
 * in the volume. Empty for a seed outside, or whose value is not a number. Takes time with the
 * extent, as far as it is in reach.
 * @param seed voxel (i, j, k).
 * @throws RangeError where the image is not on the grid of the labels.
 */
export function floodRegion(
  volume: LabelVolume,
  image: ImageValues,
  seed: Triple,
  extent: Extent,
  { tolerance, reach = Infinity }: FloodOptions,
): Region {
  requireImage(volume, image);
  const { data, size, spacing } = volume;
  const box = padded({ from: seed, size: [1, 1, 1] }, reach, spacing, extentBox(volume, extent));
  const mask = new Uint8Array(voxelsOf(box.size));
  const [x, y, z] = [seed[0] - box.from[0], seed[1] - box.from[1], seed[2] - box.from[2]];
  const isInside = [x, y, z].every((v, axis) => v >= 0 && v < box.size[axis]!);
  if (!isInside) return { ...box, mask };
  const voxel = seed[0] + size[0] * (seed[1] + size[1] * seed[2]);
  const [label, value] = [data[voxel]!, image[voxel]!];
  const todo = new Uint8Array(mask.length);
  eachRow(box, size, (from, at) => {
    for (let n = 0; n < box.size[0]; n++) {
      const isAlike = Math.abs(image[from + n]! - value) <= tolerance;
      if (isAlike && data[from + n] === label) todo[at + n] = 1;
    }
  });
  const take = componentTaker(todo, box.size, 'faces');
  for (const at of take(x + box.size[0] * (y + box.size[1] * z))) mask[at] = 1;
  return { ...box, mask };
}
