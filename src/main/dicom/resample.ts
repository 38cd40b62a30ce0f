import { MarginaliaError } from '../../shared/errors.ts';
import type { LoadedFrames } from '../../shared/image/index.ts';
import type { Grid, VoxelArray } from '../../shared/volume.ts';
import { distancesOf, leanOf, usualSpacing } from './geometry.ts';
import { normalOf } from '../../shared/image/index.ts';
import type { Stack } from './types.ts';

/** A grid is not made larger than this by resampling. */
const MOST_VOXELS = 2 ** 30;

/**
 * A stack that leans (gantry tilt), has gaps or uneven distances, on a regular grid: same rows,
 * columns and pixel size, slices along their normal at the usual (median) distance, from the first
 * slice to the last; grown along rows and columns as far as the slices lean. Linear interpolation
 * in all directions; outside of the images is their lowest value.
 */
export async function resampled(
  stack: Stack,
  data: VoxelArray,
  signal?: AbortSignal,
): Promise<LoadedFrames & { readonly grid: Grid }> {
  const { frames } = stack;
  const first = frames[0]!;
  const plane = first.plane!;
  const [dx, dy] = first.pixelSpacing!;
  const distances = distancesOf(frames);
  const { lean, length } = leanOf(frames);
  const step = usualSpacing(distances);
  const slices = Math.floor(length / step + 1e-6) + 1;
  // Pixels by which the last slice lies further along rows and columns than the first one.
  const drift = [(lean[0] * length) / dx, (lean[1] * length) / dy] as const;
  const grow = drift.map((pixels) => Math.ceil(Math.abs(pixels) - 1e-6));
  const before = drift.map((pixels, axis) => (pixels < 0 ? grow[axis]! : 0));
  const columns = first.columns + grow[0]!;
  const rows = first.rows + grow[1]!;
  if (columns * rows * slices > MOST_VOXELS) {
    throw new MarginaliaError(
      'too-large',
      `Resampling would make a volume of ${columns} × ${rows} × ${slices} voxels.`,
      'Check the positions of the slices: one may lie far from the others.',
    );
  }
  const out = new (data.constructor as new (length: number) => VoxelArray)(columns * rows * slices);
  let background = Infinity;
  for (const value of data) if (value < background) background = value;
  const round = !(data instanceof Float32Array);
  const size = first.columns * first.rows;
  let below = 0;
  for (let k = 0; k < slices; k++) {
    signal?.throwIfAborted();
    const along = Math.min(k * step, length);
    while (below < frames.length - 2 && distances[below + 1]! - distances[0]! <= along) below++;
    const [from, to] = [distances[below]! - distances[0]!, distances[below + 1]! - distances[0]!];
    const t = (along - from) / (to - from);
    const lower = sampler(data.subarray(below * size, (below + 1) * size), first, background);
    const upper = sampler(data.subarray((below + 1) * size, (below + 2) * size), first, background);
    // Each slice is looked up where it lies itself: the two lean by different amounts.
    const shift = (at: number): [number, number] => [
      (lean[0] * at) / dx + before[0]!,
      (lean[1] * at) / dy + before[1]!,
    ];
    const [[lowerI, lowerJ], [upperI, upperJ]] = [shift(from), shift(to)];
    for (let j = 0; j < rows; j++) {
      const row = (k * rows + j) * columns;
      for (let i = 0; i < columns; i++) {
        const value = (1 - t) * lower(i - lowerI, j - lowerJ) + t * upper(i - upperI, j - upperJ);
        out[row + i] = round ? Math.round(value) : value;
      }
    }
    await new Promise(setImmediate);
  }
  const normal = normalOf(plane);
  const matrixRow = (axis: 0 | 1 | 2): number[] => [
    plane.row[axis] * dx,
    plane.column[axis] * dy,
    normal[axis] * step,
    plane.position[axis] - before[0]! * dx * plane.row[axis] - before[1]! * dy * plane.column[axis],
  ];
  const grid: Grid = {
    size: [columns, rows, slices],
    affineLps: [...matrixRow(0), ...matrixRow(1), ...matrixRow(2), 0, 0, 0, 1],
  };
  const reasons = stack.verdicts
    .filter(({ severity }) => severity === 'warning')
    .map(({ text }) => text);
  return {
    size: grid.size,
    channels: 1,
    data: out,
    grid,
    resampled: `resampled linearly onto slices every ${Number(step.toFixed(3))} mm: ${reasons.join('; ')}`,
  };
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
