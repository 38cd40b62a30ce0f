import { MarginaliaError } from '../errors.ts';
import type { Axis, Triple, VoxelArray } from '../volume.ts';

/** Pixels of one slice, along a row first. */
export interface Slice<T extends VoxelArray = VoxelArray> {
  readonly columns: number;
  readonly rows: number;
  readonly pixels: T;
}

/**
 * The slice at `index` along a voxel axis. Columns and rows run along the two other axes, the
 * lower one along the columns: axis 2 gives (i, j), axis 1 gives (i, k), axis 0 gives (j, k).
 * A slice along axis 2 shares the memory of the volume; the others are copies.
 * @param size [nx, ny, nz] of `data` (i fastest).
 */
export function sliceAlong<T extends VoxelArray>(
  data: T,
  size: Triple,
  axis: Axis,
  index: number,
): Slice<T> {
  if (!Number.isInteger(index) || index < 0 || index >= size[axis]) {
    throw new MarginaliaError(
      'no-such-slice',
      `There is no slice ${index} along axis ${axis}: it has ${size[axis]} slices.`,
    );
  }
  const [nx, ny, nz] = size;
  if (axis === 2) {
    const start = index * nx * ny;
    return { columns: nx, rows: ny, pixels: data.subarray(start, start + nx * ny) as T };
  }
  const columns = axis === 1 ? nx : ny;
  const step = axis === 1 ? 1 : nx;
  const start = axis === 1 ? index * nx : index;
  const pixels = new (data.constructor as new (length: number) => T)(columns * nz);
  for (let row = 0, to = 0; row < nz; row++) {
    let from = start + row * nx * ny;
    for (let column = 0; column < columns; column++, from += step) pixels[to++] = data[from]!;
  }
  return { columns, rows: nz, pixels };
}
