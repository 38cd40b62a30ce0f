import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Affine, Grid, Triple, Volume } from '../volume.ts';
import {
  anatomicalPlane,
  applyAffine,
  axisAcross,
  axisMapTo,
  determinant,
  directionLetters,
  displayMap,
  hasShear,
  invertAffine,
  mapData,
  mapGrid,
  multiplyAffine,
  orientationCode,
  reorient,
  sameGrid,
  sliceAlong,
  voxelToWorld,
  worldToVoxel,
} from './index.ts';

const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** A rotation by any unit quaternion, spacings 0.3–7 mm, either handedness, any origin. */
const affines = fc
  .record({
    q: fc
      .tuple(...[0, 1, 2, 3].map(() => fc.double({ min: -1, max: 1, noNaN: true })))
      .filter((q) => Math.hypot(...q) > 0.1),
    spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.3, max: 7, noNaN: true }))),
    origin: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -500, max: 500, noNaN: true }))),
    mirrored: fc.boolean(),
  })
  .map(({ q, spacing, origin, mirrored }): Affine => {
    const [w, x, y, z] = q.map((v) => v / Math.hypot(...q)) as [number, number, number, number];
    const [a, b] = spacing as [number, number, number];
    const c = spacing[2]! * (mirrored ? -1 : 1);
    return [
      a * (1 - 2 * (y * y + z * z)),
      b * 2 * (x * y - w * z),
      c * 2 * (x * z + w * y),
      origin[0]!,
      a * 2 * (x * y + w * z),
      b * (1 - 2 * (x * x + z * z)),
      c * 2 * (y * z - w * x),
      origin[1]!,
      a * 2 * (x * z - w * y),
      b * 2 * (y * z + w * x),
      c * (1 - 2 * (x * x + y * y)),
      origin[2]!,
      0,
      0,
      0,
      1,
    ];
  });
const sizes = fc
  .tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 5 })))
  .map((s) => s as unknown as Triple);
const codes = fc
  .record({
    axes: fc.shuffledSubarray(['LR', 'PA', 'SI'], { minLength: 3, maxLength: 3 }),
    signs: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 1 }))),
  })
  .map(({ axes, signs }) => axes.map((pair, n) => pair[signs[n]!]).join(''));
const volumes = fc.record({ affineLps: affines, size: sizes }).map((grid): Volume => ({
  grid,
  // Every voxel has a value of its own, so that a wrong walk shows.
  data: Int32Array.from({ length: grid.size[0] * grid.size[1] * grid.size[2] }, (_, n) => n + 1),
}));

/** Value by world position, in an order that does not depend on storage. */
function byPosition({ grid, data }: Volume): Map<number, Triple> {
  const found = new Map<number, Triple>();
  let n = 0;
  for (let k = 0; k < grid.size[2]; k++)
    for (let j = 0; j < grid.size[1]; j++)
      for (let i = 0; i < grid.size[0]; i++) found.set(data[n++]!, voxelToWorld(grid, [i, j, k]));
  return found;
}

const distance = (p: Triple, q: Triple): number =>
  Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);

describe('affines', () => {
  it('world to voxel undoes voxel to world', () => {
    fc.assert(
      fc.property(affines, sizes, (affineLps, size) => {
        const grid: Grid = { affineLps, size };
        const voxel: Triple = [1.5, -2, 300];
        expect(distance(worldToVoxel(grid, voxelToWorld(grid, voxel)), voxel)).toBeLessThan(1e-8);
      }),
    );
  });

  it('a matrix times its inverse is the identity, and products apply right to left', () => {
    fc.assert(
      fc.property(affines, affines, (a, b) => {
        multiplyAffine(a, invertAffine(a)).forEach((v, n) => expect(v).toBeCloseTo(IDENTITY[n]!));
        const p: Triple = [1, 2, 3];
        const d = distance(applyAffine(multiplyAffine(a, b), p), applyAffine(a, applyAffine(b, p)));
        expect(d).toBeLessThan(1e-6);
      }),
    );
  });

  it('a degenerate grid is refused by name', () => {
    const flat = IDENTITY.map((v, n) => (n === 10 ? 0 : v));
    expect(() => invertAffine(flat)).toThrow(expect.objectContaining({ code: 'singular-affine' }));
  });

  it('tells shear from rotation and anisotropy', () => {
    fc.assert(
      fc.property(affines, (a) => {
        expect(hasShear(a)).toBe(false);
      }),
    );
    const tilted = IDENTITY.map((v, n) => (n === 6 ? Math.tan((18.5 / 180) * Math.PI) : v));
    expect(hasShear(tilted)).toBe(true);
    expect(hasShear(IDENTITY.map(() => NaN))).toBe(true);
  });

  it('compares grids by where their voxels are', () => {
    const grid: Grid = { size: [100, 1, 1], affineLps: IDENTITY };
    const longer = IDENTITY.map((v, n) => (n === 0 ? 1 + 1.1e-5 : v));
    expect(sameGrid(grid, grid)).toBe(true);
    expect(sameGrid(grid, { ...grid, affineLps: longer })).toBe(false); // 0.00109 mm at the far end
    expect(sameGrid(grid, { ...grid, affineLps: longer }, 2e-3)).toBe(true);
    expect(sameGrid(grid, { ...grid, size: [100, 1, 2] })).toBe(false);
  });
});

describe('orientation', () => {
  it('names the closest orientation', () => {
    expect(orientationCode(IDENTITY)).toBe('LPS');
    expect(orientationCode([-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBe('RAS');
    // Sagittal DICOM: columns to posterior, rows to feet, slices to the left.
    expect(orientationCode([0, 0, 1, 0, 0.9, 0.3, 0, 0, 0.3, -0.9, 0, 0, 0, 0, 0, 1])).toBe('PIL');
  });

  it('reorienting keeps the world position of every voxel', () => {
    fc.assert(
      fc.property(volumes, codes, (volume, code) => {
        const { volume: out } = reorient(volume, code);
        const before = byPosition(volume);
        const after = byPosition(out);
        expect(after.size).toBe(before.size);
        for (const [value, p] of before) expect(distance(p, after.get(value)!)).toBeLessThan(1e-9);
      }),
    );
  });

  it('reorienting reaches the code asked for, and its inverse restores grid and data', () => {
    fc.assert(
      fc.property(volumes, codes, (volume, code) => {
        const { volume: out, inverse } = reorient(volume, code);
        expect(orientationCode(out.grid.affineLps)).toBe(code);
        expect(sameGrid(mapGrid(out.grid, inverse), volume.grid, 1e-9)).toBe(true);
        expect(mapData(out.data, out.grid.size, inverse)).toEqual(volume.data);
      }),
    );
  });

  it('axes at 45° keep their orientation in whatever order they are stored', () => {
    const r = 0.15;
    const grid: Grid = {
      size: [1, 1, 1],
      affineLps: [
        -r,
        -0.21213203431203015,
        r,
        0,
        0.21213203431203015,
        -4.522622409908194e-9,
        0.2121320343998982,
        0,
        -r,
        0.2121320343998982,
        r,
        0,
        0,
        0,
        0,
        1,
      ],
    };
    for (const axes of ['LPS', 'LSP', 'PLS', 'PSL', 'SLP', 'SPL']) {
      for (let signs = 0; signs < 8; signs++) {
        const code = [...axes]
          .map((letter, n) => (signs & (1 << n) ? { L: 'R', P: 'A', S: 'I' }[letter]! : letter))
          .join('');
        const map = axisMapTo(grid.affineLps, code);
        expect(orientationCode(mapGrid(grid, map).affineLps)).toBe(code);
      }
    }
  });

  it('an odd number of flips and swaps changes the handedness', () => {
    const size: Triple = [2, 3, 4];
    const grid = { size, affineLps: IDENTITY };
    expect(determinant(mapGrid(grid, axisMapTo(IDENTITY, 'RPS')).affineLps)).toBe(-1);
    expect(determinant(mapGrid(grid, axisMapTo(IDENTITY, 'PSL')).affineLps)).toBe(1);
  });

  it.each(['LP', 'LPSA', 'LRS', 'XYZ', ''])('refuses "%s" as an orientation', (code) => {
    expect(() => axisMapTo(IDENTITY, code)).toThrow(
      expect.objectContaining({ code: 'bad-orientation' }),
    );
  });
});

describe('letters of a direction', () => {
  it.each([
    [[1, 0, 0], 'L'],
    [[0, -2, 0], 'A'],
    [[0, 0, 0.5], 'S'],
    [[-0.966, 0, 0.258], 'R'], // 14.95°
    [[-0.965, 0, 0.262], 'RS'], // 15.2°
    [[0.3, -0.9, -0.316], 'AIL'],
  ] as const)('%j is towards %s', (direction, letters) => {
    expect(directionLetters(direction)).toBe(letters);
  });
});

describe('slices', () => {
  const size: Triple = [2, 3, 4];
  const data = Uint8Array.from({ length: 24 }, (_, n) => n);

  it('cuts along each axis', () => {
    expect(sliceAlong(data, size, 2, 1)).toEqual({
      columns: 2,
      rows: 3,
      pixels: Uint8Array.of(6, 7, 8, 9, 10, 11),
    });
    expect(sliceAlong(data, size, 1, 2)).toEqual({
      columns: 2,
      rows: 4,
      pixels: Uint8Array.of(4, 5, 10, 11, 16, 17, 22, 23),
    });
    expect(sliceAlong(data, size, 0, 1)).toEqual({
      columns: 3,
      rows: 4,
      pixels: Uint8Array.of(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23),
    });
  });

  it('refuses a slice that is not there', () => {
    expect(() => sliceAlong(data, size, 0, 2)).toThrow(
      expect.objectContaining({ code: 'no-such-slice' }),
    );
  });
});

describe('slices across an axis', () => {
  const axes = fc.constantFrom(0, 1, 2);

  it('are displayed across that axis, in the order of the grid', () => {
    fc.assert(
      fc.property(affines, axes, (affineLps, axis) => {
        const { order, flip } = displayMap({ affineLps }, axis);
        expect([order[2], flip[2]]).toEqual([axis, false]);
        expect(displayMap({ affineLps }).order[2]).toBe(2);
      }),
    );
  });

  it('have one plane each, whose columns and rows go where they do in that plane', () => {
    const displayed = { axial: /^LP/, sagittal: /^PI/, coronal: /^LI/ };
    fc.assert(
      fc.property(affines, sizes, axes, (affineLps, size, axis) => {
        const plane = anatomicalPlane(affineLps, axis);
        expect(axisAcross(affineLps, plane)).toBe(axis);
        const shown = mapGrid({ affineLps, size }, displayMap({ affineLps }, axis));
        expect(orientationCode(shown.affineLps)).toMatch(displayed[plane]);
      }),
    );
  });

  it('are displayed as stored where nothing says how they lie in the patient', () => {
    for (const axis of [0, 1, 2] as const) {
      const { order, flip } = displayMap({ affineLps: null }, axis);
      expect(anatomicalPlane(null, axis)).toBeNull();
      expect(flip).toEqual([false, false, false]);
      // As `sliceAlong` cuts them: the lower axis along the columns.
      expect(order).toEqual([...[0, 1, 2].filter((other) => other !== axis), axis]);
    }
  });
});
