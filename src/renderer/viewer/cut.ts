import { axesOf, type Box, type Plane } from '../../shared/edit/label-volume.ts';
import type { Triple, VoxelArray } from '../../shared/volume.ts';

/** Where the voxels of a slice along the third axis lie, i fastest, from `at` on; undefined: nowhere. */
export type SliceSource = (
  slice: number,
) => { readonly values: VoxelArray; readonly at: number } | undefined;

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
 */
export function cutPart(
  source: SliceSource,
  [nx]: Triple,
  { axis, index }: Plane,
  { u, v, width, height }: Part,
  into: VoxelArray,
): void {
  if (axis === 2) {
    const values = source(index);
    for (let row = 0; row < height; row++) {
      const from = (values?.at ?? 0) + u + nx * (v + row);
      copy(values?.values, from, into, row * width, width);
    }
    return;
  }
  for (let row = 0; row < height; row++) {
    const values = source(v + row);
    if (axis === 1 || !values) {
      copy(values?.values, (values?.at ?? 0) + u + nx * index, into, row * width, width);
    } else {
      gather(values.values, values.at + index + nx * u, nx, into, row * width, width);
    }
  }
}

function copy(
  values: VoxelArray | undefined,
  from: number,
  into: VoxelArray,
  at: number,
  length: number,
): void {
  if (values) into.set(values.subarray(from, from + length), at);
  else into.fill(0, at, at + length);
}

function gather(
  values: VoxelArray,
  from: number,
  step: number,
  into: VoxelArray,
  at: number,
  length: number,
): void {
  for (let n = 0; n < length; n++) into[at + n] = values[from + n * step]!;
}
