import type { Box } from '../../shared/edit/index.ts';
import type { Triple } from '../../shared/volume.ts';

/** How full the cells of a box of voxels are: 0 … 1, i fastest; an empty layer lies around them. */
export interface Field {
  readonly values: Float32Array;
  /** Cells along i, j and k, the empty layers included. */
  readonly size: Triple;
  /** Voxel position of the centre of the first cell, and voxels from cell to cell. */
  readonly origin: Triple;
  readonly step: Triple;
}

/** Empty cells on each side: a surface is closed, and smoothing does not cut it. */
const RIM = 2;

/**
 * The cells that a box is divided into: as many voxels along each axis as make them near cubes, and
 * no more than `most` of them altogether.
 * @returns voxels along i, j and k.
 */
export function cellStep(size: Triple, spacing: Triple, most: number): Triple {
  const stepOf = (mm: number): Triple =>
    spacing.map((s) => Math.max(1, Math.round(mm / s))) as unknown as Triple;
  const cells = (step: Triple): number =>
    size.reduce((n, length, axis) => n * (Math.ceil(length / step[axis]!) + 2 * RIM), 1);
  let mm = Math.min(...spacing);
  while (cells(stepOf(mm)) > most && mm < 1e4) mm *= 1.2;
  return stepOf(mm);
}

/**
 * Counts the voxels of a label in each cell.
 * @param box within the volume, around all of the label.
 * @param sliceAt labels of a slice along k (i fastest), undefined where there are none.
 * @param columns of a slice.
 */
export function fillField(
  box: Box,
  step: Triple,
  columns: number,
  value: number,
  sliceAt: (k: number) => Uint8Array | undefined,
): Field {
  const { from, size: extent } = box;
  const size = extent.map((n, axis) => Math.ceil(n / step[axis]!) + 2 * RIM) as unknown as Triple;
  const values = new Float32Array(size[0] * size[1] * size[2]);
  const share = 1 / (step[0] * step[1] * step[2]);
  for (let k = 0; k < extent[2]; k++) {
    const labels = sliceAt(from[2] + k);
    if (!labels) continue;
    const layer = size[1] * (Math.floor(k / step[2]) + RIM);
    for (let j = 0; j < extent[1]; j++) {
      const row = size[0] * (Math.floor(j / step[1]) + RIM + layer) + RIM;
      const first = from[0] + columns * (from[1] + j);
      for (let i = 0; i < extent[0]; i++) {
        if (labels[first + i] === value) values[row + Math.floor(i / step[0])]! += share;
      }
    }
  }
  const origin = from.map((f, axis) => f + (step[axis]! - 1) / 2 - RIM * step[axis]!);
  return { values, size, origin: origin as unknown as Triple, step };
}

/**
 * Takes the steps off a field: half of it as it is, half of it averaged with its neighbours
 * (¼, ½, ¼ along each axis), so that what is one cell thin stays above ½.
 */
export function smoothField({ values, size, ...rest }: Field): Field {
  const averaged = values.slice();
  const strides = [1, size[0], size[0] * size[1]];
  for (const [axis, stride] of strides.entries()) {
    for (let start = 0; start < averaged.length; start++) {
      if (Math.floor(start / stride) % size[axis]! !== 0) continue;
      let before = 0;
      for (let n = 0, at = start; n < size[axis]! - 1; n++, at += stride) {
        const here = averaged[at]!;
        averaged[at] = (before + 2 * here + averaged[at + stride]!) / 4;
        before = here;
      }
    }
  }
  return { ...rest, size, values: averaged.map((v, at) => (v + values[at]!) / 2) };
}
