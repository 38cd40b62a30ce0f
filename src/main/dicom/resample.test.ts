import { expect, it } from 'vitest';
import { emptySource as source } from '../../../tests/support/empty-source.ts';
import { voxelToWorld } from '../../shared/geometry/index.ts';
import type { Triple } from '../../shared/volume.ts';
import { resampled, resamplingOf } from './resample.ts';
import { stacksOf } from './stacks.ts';
import type { Frame } from './types.ts';

/** Linear in the world, so that linear interpolation is exact. */
const field = ([x, y, z]: Triple): number => 1000 + 3 * x - 2 * y + 5 * z;

function stack(heights: readonly number[], lean: readonly [number, number]) {
  const [columns, rows] = [12, 9];
  const frames = heights.map((z, k): Frame => ({
    source,
    index: 0,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: String(k),
    instanceNumber: k,
    rows,
    columns,
    channels: 1,
    inverted: false,
    spacing: null,
    plane: { position: [lean[0] * z, lean[1] * z, z], row: [1, 0, 0], column: [0, 1, 0] },
    pixelSpacing: [0.8, 0.5],
    slope: 1,
    intercept: 0,
    windows: [],
    tilt: 0,
    traits: {},
  }));
  const data = Float32Array.from({ length: columns * rows * heights.length }, (_, n) => {
    const [x, y, z] = frames[Math.floor(n / (columns * rows))]!.plane!.position;
    const i = n % columns;
    const j = Math.floor(n / columns) % rows;
    return field([x + 0.8 * i, y + 0.5 * j, z]);
  });
  return { stack: stacksOf('1.2', frames)[0]!, data };
}

it.each([
  ['a gap', [0, 2, 4, 10, 12], [0, 0]],
  ['uneven distances', [0, 2, 4, 7, 9.5], [0, 0]],
  ['a tilted gantry', [0, 2, 4, 6, 8], [0, 0.3]],
  ['a tilt to the other side, and uneven', [1, 3, 5, 8, 10], [-0.15, -0.2]],
] as const)('%s: every voxel has the value of its place', async (_, heights, lean) => {
  const { stack: s, data } = stack(heights, lean);
  const { grid, data: out } = await resampled(s, data);
  const [nx, ny, nz] = grid.size;
  const background = Math.min(...data);
  let inside = 0;
  for (let n = 0; n < out.length; n++) {
    const voxel: Triple = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))];
    if (out[n]! <= background + 1e-3) continue;
    const expected = field(voxelToWorld(grid, voxel));
    // At the border of a leaning slice one of two neighbours is outside.
    if (Math.abs(out[n]! - expected) < 1e-2) inside++;
  }
  expect(inside).toBeGreaterThan(0.7 * 12 * 9 * nz);
  expect(nz).toBeGreaterThanOrEqual(4);
});

it('a leaning stack grows so that no pixel is lost', async () => {
  const { stack: s, data } = stack([0, 2, 4, 6, 8], [0, 0.3]);
  const { grid, data: out } = await resampled(s, data);
  expect(grid.size).toEqual([12, 9 + Math.ceil((0.3 * 8) / 0.5), 5]);
  expect(Math.max(...out)).toBeCloseTo(Math.max(...data), 0);
});

it('labels are those of the nearest slice, at the nearest pixel, and never mixed', async () => {
  const heights = [0, 2, 4, 7, 9.5];
  const { stack: s } = stack(heights, [0, 0.3]);
  const { grid, nearest, labels } = resamplingOf(s);
  const [columns, rows] = [12, 9];
  // Each slice has a value of its own, and its first row another one.
  const map = Uint8Array.from({ length: columns * rows * heights.length }, (_, n) => {
    const k = Math.floor(n / (columns * rows));
    return n % (columns * rows) < columns ? 100 + k : k + 1;
  });
  const out = await labels(map);
  const [nx, ny, nz] = grid.size;
  expect(nearest).toHaveLength(nz);
  for (let z = 0; z < nz; z++) {
    const k = nearest[z]!;
    const [, , height] = voxelToWorld(grid, [0, 0, z]);
    const far = heights.map((h) => Math.abs(h - height));
    expect(far[k]).toBeCloseTo(Math.min(...far), 6);
    const slice = out.subarray(z * nx * ny, (z + 1) * nx * ny);
    expect(new Set(slice)).toEqual(new Set([0, k + 1, 100 + k]));
    const first = slice.findIndex((value) => value === 100 + k);
    const [, y] = voxelToWorld(grid, [0, Math.floor(first / nx), z]);
    expect(Math.abs(y - 0.3 * heights[k]!)).toBeLessThanOrEqual(0.25 + 1e-9);
  }
});
