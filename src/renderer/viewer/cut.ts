import { axesOf, type Box, type Plane } from '../../shared/edit/label-volume.ts';
import { readRuns, type LabelRuns } from '../../shared/labelmap/label-runs.ts';
import type { Triple } from '../../shared/volume.ts';
import type { PixelArray } from './viewed-image.ts';

/** Voxels of a slice along the third axis, i fastest: in an array from `at` on, or as runs. */
export type SliceVoxels = { readonly values: PixelArray; readonly at: number } | LabelRuns;

/** The voxels of a slice along the third axis; undefined: it has none. */
export type SliceSource = (slice: number) => SliceVoxels | undefined;

/** A rectangle of the pixels [u, v] of a plane, see `Plane`. */
export interface Part {
  readonly u: number;
  readonly v: number;
  readonly width: number;
  readonly height: number;
}

export function wholePlane(size: Triple, { axis }: Plane): Part {
  const [u, v] = axesOf(axis);
  return { u: 0, v: 0, width: size[u], height: size[v] };
}

/** The pixels of a plane that a box covers, undefined where it is elsewhere. */
export function partOf({ axis, index }: Plane, { from, size }: Box): Part | undefined {
  if (index < from[axis] || index >= from[axis] + size[axis]) return undefined;
  const [u, v] = axesOf(axis);
  return { u: from[u], v: from[v], width: size[u], height: size[v] };
}

/** The smallest part around two. */
export function joinParts(a: Part, b: Part): Part {
  const [u, v] = [Math.min(a.u, b.u), Math.min(a.v, b.v)];
  const width = Math.max(a.u + a.width, b.u + b.width) - u;
  return { u, v, width, height: Math.max(a.v + a.height, b.v + b.height) - v };
}

/**
 * Copies a part of a plane out of a volume, u fastest; zeros where there is nothing.
 * @param into takes width · height values.
 * @param steps between the voxels that are taken; the part counts these alone.
 */
export function cutPart(
  source: SliceSource,
  [nx]: Triple,
  { axis, index }: Plane,
  { u, v, width, height }: Part,
  into: PixelArray,
  steps: Triple = [1, 1, 1],
): void {
  const [si, sj, sk] = steps;
  if (axis === 2 && width === nx && sj === 1) return readVoxels(source(index), nx * v, 1, into);
  for (let row = 0; row < height; row++) {
    const line = into.subarray(row * width, (row + 1) * width);
    if (axis === 2) readVoxels(source(index), si * u + nx * sj * (v + row), si, line);
    else if (axis === 1) readVoxels(source(sk * (v + row)), si * u + nx * index, si, line);
    else readVoxels(source(sk * (v + row)), index + nx * sj * u, nx * sj, line);
  }
}

/** Voxels of a slice in equal steps, zeros where there are none. */
export function readVoxels(
  voxels: SliceVoxels | undefined,
  from: number,
  step: number,
  into: PixelArray,
): void {
  if (!voxels) into.fill(0);
  else if ('starts' in voxels) readRuns(voxels, from, step, into);
  else if (step === 1)
    into.set(voxels.values.subarray(voxels.at + from, voxels.at + from + into.length));
  else gather(voxels.values, voxels.at + from, step, into);
}

function gather(values: PixelArray, from: number, step: number, into: PixelArray): void {
  for (let n = 0; n < into.length; n++) into[n] = values[from + n * step]!;
}
