import { MarginaliaError } from '../errors.ts';
import type { Affine, Grid, Triple, Volume, VoxelArray } from '../volume.ts';
import { directionsOf } from './affine.ts';

/**
 * A change of storage order that moves no voxel in space: output axis n runs along input axis
 * `order[n]`, from its far end when `flip[n]`.
 */
export interface AxisMap {
  readonly order: Triple;
  readonly flip: readonly [boolean, boolean, boolean];
}

/** Letters towards which an axis of the LPS world increases and decreases. */
export const LETTERS = ['LR', 'PA', 'SI'] as const;

const PERMUTATIONS: readonly Triple[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/**
 * For each voxel axis, the world axis it is closest to: the assignment with the largest Σ|cos|. Of
 * equals (axes at 45°), the one chosen depends on the lines along which the axes run, not on their
 * order or sense, so that a grid stored in another order keeps its assignment.
 */
function closestWorldAxes(affineLps: Affine): Triple {
  const directions = directionsOf(affineLps);
  const candidates = PERMUTATIONS.map((worlds) => {
    const axes = [0, 1, 2].map((world) => directions[worlds.indexOf(world)]!);
    return { worlds, axes, sum: axes.reduce((s, axis, world) => s + Math.abs(axis[world]!), 0) };
  });
  const largest = Math.max(...candidates.map(({ sum }) => sum));
  const [best] = candidates
    .filter(({ sum }) => sum > largest - 1e-9)
    .sort((p, q) => compareLines(p.axes, q.axes));
  return best?.worlds ?? [0, 1, 2];
}

/** An order of lists of lines in which a line counts the same in either sense. */
function compareLines(p: readonly Triple[], q: readonly Triple[]): number {
  const pLines = p.flatMap(lineOf);
  const qLines = q.flatMap(lineOf);
  const n = pLines.findIndex((c, at) => c !== qLines[at]);
  return n < 0 ? 0 : qLines[n]! - pLines[n]!;
}

/** A direction in the sense in which its first component that is not 0 is positive. */
function lineOf(direction: Triple): readonly number[] {
  const sense = direction.find((c) => c !== 0)! < 0 ? -1 : 1;
  return direction.map((c) => c * sense);
}

/**
 * The orientation closest to a grid's axes, as three letters: where i, j and k increase to.
 * DICOM's usual axial stack is "LPS"; NIfTI's neuro-convention is "RAS".
 */
export function orientationCode(affineLps: Affine): string {
  const directions = directionsOf(affineLps);
  return closestWorldAxes(affineLps)
    .map((world, axis) => LETTERS[world]![directions[axis]![world]! < 0 ? 1 : 0])
    .join('');
}

/**
 * The axis map that brings a grid to the orientation closest to `code`.
 * @param code three letters, one of each pair L/R, P/A, S/I, such as "LPS" or "RAS".
 * @throws MarginaliaError `bad-orientation` for any other code.
 */
export function axisMapTo(affineLps: Affine, code: string): AxisMap {
  const wanted = [...code].map((letter) => ({
    world: LETTERS.findIndex((pair) => pair.includes(letter)),
    letter,
  }));
  if (wanted.length !== 3 || new Set(wanted.map((w) => w.world).filter((w) => w >= 0)).size !== 3) {
    throw new MarginaliaError(
      'bad-orientation',
      `"${code}" is not an orientation: three letters, one of L/R, one of P/A and one of S/I.`,
    );
  }
  const worlds = closestWorldAxes(affineLps);
  const present = orientationCode(affineLps);
  const order = wanted.map(({ world }) => worlds.indexOf(world));
  const flip = wanted.map(({ letter }, n) => present[order[n]!] !== letter);
  return { order: [order[0]!, order[1]!, order[2]!], flip: [flip[0]!, flip[1]!, flip[2]!] };
}

/** The map that undoes another. */
export function invertAxisMap(map: AxisMap): AxisMap {
  const from = (axis: number): number => map.order.indexOf(axis);
  return {
    order: [from(0), from(1), from(2)],
    flip: [map.flip[from(0)]!, map.flip[from(1)]!, map.flip[from(2)]!],
  };
}

/** The grid in another storage order: every voxel keeps its place in the world. */
export function mapGrid(grid: Grid, map: AxisMap): Grid {
  const a = grid.affineLps;
  const size = map.order.map((axis) => grid.size[axis]!);
  const rows = [0, 4, 8].map((row) => {
    let offset = a[row + 3]!;
    const columns = map.order.map((axis, n) => {
      const step = a[row + axis]!;
      if (!map.flip[n]) return step;
      offset += step * (grid.size[axis]! - 1);
      return -step;
    });
    return [...columns, offset];
  });
  return { size: [size[0]!, size[1]!, size[2]!], affineLps: [...rows.flat(), 0, 0, 0, 1] };
}

/**
 * How to walk voxels stored in a grid of `size` in the order of the map: the index of the first
 * voxel, the steps in memory along the output's axes, and the output's size.
 */
export function walkOf(size: Triple, map: AxisMap): { start: number; steps: Triple; size: Triple } {
  const strides = [1, size[0], size[0] * size[1]];
  let start = 0;
  const steps = map.order.map((axis, n) => {
    if (!map.flip[n]) return strides[axis]!;
    start += strides[axis]! * (size[axis]! - 1);
    return -strides[axis]!;
  });
  const out = map.order.map((axis) => size[axis]!);
  return {
    start,
    steps: [steps[0]!, steps[1]!, steps[2]!],
    size: [out[0]!, out[1]!, out[2]!],
  };
}

/** Voxels of a grid of `size` (i fastest) rewritten in another storage order, as a new array. */
export function mapData<T extends VoxelArray>(data: T, size: Triple, map: AxisMap): T {
  const { start, steps, size: out } = walkOf(size, map);
  const mapped = new (data.constructor as new (length: number) => T)(data.length);
  const [di, dj, dk] = steps;
  let to = 0;
  for (let k = 0; k < out[2]; k++) {
    for (let j = 0; j < out[1]; j++) {
      let from = start + j * dj + k * dk;
      for (let i = 0; i < out[0]; i++, from += di) mapped[to++] = data[from]!;
    }
  }
  return mapped;
}

/**
 * A volume in the storage order closest to `code`, and the map that takes anything on the new grid
 * back to the old one (`mapData(data, reoriented.volume.grid.size, reoriented.inverse)`).
 */
export function reorient(volume: Volume, code: string): { volume: Volume; inverse: AxisMap } {
  const map = axisMapTo(volume.grid.affineLps, code);
  return {
    volume: {
      grid: mapGrid(volume.grid, map),
      data: mapData(volume.data, volume.grid.size, map),
    },
    inverse: invertAxisMap(map),
  };
}
