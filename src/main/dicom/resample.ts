import { MarginaliaError } from '../../shared/errors.ts';
import { normalOf, type LoadedFrames, type Resampling } from '../../shared/image/index.ts';
import { spacingOf, type Grid, type VoxelArray } from '../../shared/volume.ts';
import { distancesOf, leanOf, usualSpacing } from './geometry.ts';
import type { Stack } from './types.ts';

/** A grid is not made larger than this by resampling. */
const MOST_VOXELS = 2 ** 30;

/** Between which frames a slice of the grid lies. */
interface Between {
  /** Index of the lower frame; the upper one is the next. */
  readonly below: number;
  /** 0 at the lower frame, 1 at the upper one. */
  readonly t: number;
  /** Pixels of the grid [along rows, along columns] that the first pixel of each frame lies at. */
  readonly lower: readonly [number, number];
  readonly upper: readonly [number, number];
}

/**
 * How a stack that leans (gantry tilt), has gaps or uneven distances comes onto a regular grid: same rows,
 * columns and pixel size, slices along their normal at the usual (median) distance, from the first
 * slice to the last; grown along rows and columns as far as the slices lean.
 * @throws MarginaliaError `too-large`.
 */
export function resamplingOf(stack: Stack): Resampling {
  const { grid, slices } = geometryOf(stack);
  const { columns, rows } = stack.frames[0]!;
  const plane = columns * rows;

  /** @param fill writes a slice of the grid, from `at` on. */
  async function filled<T extends VoxelArray>(
    values: T,
    fill: (out: T, at: number, between: Between) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    const [nx, ny, nz] = grid.size;
    const out = new (values.constructor as new (length: number) => T)(nx * ny * nz);
    for (const [k, between] of slices.entries()) {
      signal?.throwIfAborted();
      fill(out, k * nx * ny, between);
      await new Promise(setImmediate);
    }
    return out;
  }

  return {
    grid,
    text: textOf(stack, grid),
    nearest: slices.map(nearestFrame),
    linear: (values, outside, signal) => {
      const [nx, ny] = grid.size;
      const round = !(values instanceof Float32Array);
      const frame = (k: number): VoxelArray => values.subarray(k * plane, (k + 1) * plane);
      return filled(
        values,
        (out, at, { below, t, lower, upper }) => {
          // Each frame is looked up where it lies itself: the two lean by different amounts.
          const one = sampler(frame(below), { columns, rows }, outside);
          const two = sampler(frame(below + 1), { columns, rows }, outside);
          for (let j = 0; j < ny; j++) {
            for (let i = 0; i < nx; i++) {
              const value =
                (1 - t) * one(i - lower[0], j - lower[1]) + t * two(i - upper[0], j - upper[1]);
              out[at + j * nx + i] = round ? Math.round(value) : value;
            }
          }
        },
        signal,
      );
    },
    labels: (labels, signal) => {
      const [nx, ny] = grid.size;
      return filled(
        labels,
        (out, at, between) => {
          const from = nearestFrame(between) * plane;
          const [di, dj] = between.t <= 0.5 ? between.lower : between.upper;
          for (let j = 0; j < ny; j++) {
            const row = Math.round(j - dj);
            if (row < 0 || row >= rows) continue;
            for (let i = 0; i < nx; i++) {
              const column = Math.round(i - di);
              if (column < 0 || column >= columns) continue;
              out[at + j * nx + i] = labels[from + row * columns + column]!;
            }
          }
        },
        signal,
      );
    },
  };
}

/** Frames on the grid of `resamplingOf`, linear in all directions; outside of them is their lowest value. */
export async function resampled(
  stack: Stack,
  data: VoxelArray,
  signal?: AbortSignal,
): Promise<LoadedFrames & { readonly grid: Grid }> {
  const { grid, text, linear } = resamplingOf(stack);
  let lowest = Infinity;
  for (const value of data) if (value < lowest) lowest = value;
  return {
    size: grid.size,
    channels: 1,
    data: await linear(data, lowest, signal),
    grid,
    resampled: text,
  };
}

const nearestFrame = ({ below, t }: Between): number => (t <= 0.5 ? below : below + 1);

function geometryOf({ frames }: Stack): {
  readonly grid: Grid;
  readonly slices: readonly Between[];
} {
  const first = frames[0]!;
  const plane = first.plane!;
  const [dx, dy] = first.pixelSpacing!;
  const distances = distancesOf(frames);
  const { lean, length } = leanOf(frames);
  const step = usualSpacing(distances);
  const count = Math.floor(length / step + 1e-6) + 1;
  // Pixels by which the last slice lies further along rows and columns than the first one.
  const drift = [(lean[0] * length) / dx, (lean[1] * length) / dy] as const;
  const grow = drift.map((pixels) => Math.ceil(Math.abs(pixels) - 1e-6));
  const before = drift.map((pixels, axis) => (pixels < 0 ? grow[axis]! : 0));
  const columns = first.columns + grow[0]!;
  const rows = first.rows + grow[1]!;
  if (columns * rows * count > MOST_VOXELS) {
    throw new MarginaliaError(
      'too-large',
      `Resampling would make a volume of ${columns} × ${rows} × ${count} voxels.`,
      'Check the positions of the slices: one may lie far from the others.',
    );
  }
  const shift = (at: number): [number, number] => [
    (lean[0] * at) / dx + before[0]!,
    (lean[1] * at) / dy + before[1]!,
  ];
  let below = 0;
  const slices = Array.from({ length: count }, (_, k): Between => {
    const along = Math.min(k * step, length);
    while (below < frames.length - 2 && distances[below + 1]! - distances[0]! <= along) below++;
    const [from, to] = [distances[below]! - distances[0]!, distances[below + 1]! - distances[0]!];
    return { below, t: (along - from) / (to - from), lower: shift(from), upper: shift(to) };
  });
  const normal = normalOf(plane);
  const matrixRow = (axis: 0 | 1 | 2): number[] => [
    plane.row[axis] * dx,
    plane.column[axis] * dy,
    normal[axis] * step,
    plane.position[axis] - before[0]! * dx * plane.row[axis] - before[1]! * dy * plane.column[axis],
  ];
  return {
    grid: {
      size: [columns, rows, count],
      affineLps: [...matrixRow(0), ...matrixRow(1), ...matrixRow(2), 0, 0, 0, 1],
    },
    slices,
  };
}

function textOf({ verdicts }: Stack, grid: Grid): string {
  const reasons = verdicts.filter(({ severity }) => severity === 'warning').map(({ text }) => text);
  return `resampled linearly onto slices every ${Number(spacingOf(grid)[2].toFixed(3))} mm: ${reasons.join('; ')}`;
}

/** Bilinear look-up of an image by column and row; `outside` beyond the centres of its pixels. */
function sampler(
  image: VoxelArray,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  outside: number,
): (i: number, j: number) => number {
  // Rounding must not lose the outermost pixels.
  const slack = 1e-6;
  return (i, j) => {
    if (i < -slack || j < -slack || i > columns - 1 + slack || j > rows - 1 + slack) return outside;
    const i0 = Math.min(Math.max(0, Math.floor(i)), columns - 1);
    const j0 = Math.min(Math.max(0, Math.floor(j)), rows - 1);
    const i1 = Math.min(i0 + 1, columns - 1);
    const j1 = Math.min(j0 + 1, rows - 1);
    const [u, v] = [Math.max(0, i - i0), Math.max(0, j - j0)];
    const upper = image[j0 * columns + i0]! * (1 - u) + image[j0 * columns + i1]! * u;
    const lower = image[j1 * columns + i0]! * (1 - u) + image[j1 * columns + i1]! * u;
    return upper * (1 - v) + lower * v;
  };
}
