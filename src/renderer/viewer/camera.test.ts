import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyAffine,
  axisAcross,
  voxelToWorld,
  type AnatomicalPlane,
} from '../../shared/geometry/index.ts';
import type { Affine, Grid, Triple } from '../../shared/volume.ts';
import {
  fitCamera,
  pan,
  screenToSlice,
  screenToVoxel,
  sliceGeometry,
  sliceToScreen,
  voxelAt,
  voxelToScreen,
  voxelToSlice,
  zoomAt,
  type Point,
  type View,
} from './camera.ts';

const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });

/** Any rotation, spacings 0.3–7 mm, either handedness, with or without a tilted gantry. */
const affines = fc
  .record({
    q: fc
      .tuple(between(-1, 1), between(-1, 1), between(-1, 1), between(-1, 1))
      .filter((q) => Math.hypot(...q) > 0.1),
    spacing: fc.tuple(between(0.3, 7), between(0.3, 7), between(0.3, 7)),
    origin: fc.tuple(between(-500, 500), between(-500, 500), between(-500, 500)),
    mirrored: fc.boolean(),
    tilt: fc.constantFrom(0, 0, 0.3, -0.4),
  })
  .map(({ q, spacing, origin, mirrored, tilt }): Affine => {
    const [w, x, y, z] = q.map((v) => v / Math.hypot(...q)) as [number, number, number, number];
    const rotation = [
      1 - 2 * (y * y + z * z),
      2 * (x * y - w * z),
      2 * (x * z + w * y),
      2 * (x * y + w * z),
      1 - 2 * (x * x + z * z),
      2 * (y * z - w * x),
      2 * (x * z - w * y),
      2 * (y * z + w * x),
      1 - 2 * (x * x + y * y),
    ];
    const sign = mirrored ? -1 : 1;
    return [0, 3, 6]
      .flatMap((r, n) => {
        const [a, b, c] = [rotation[r]!, rotation[r + 1]!, rotation[r + 2]!];
        return [a * spacing[0], b * spacing[1], sign * (c + tilt * b) * spacing[2], origin[n]!];
      })
      .concat(0, 0, 0, 1);
  });

const views: fc.Arbitrary<{ grid: Grid; view: View; slice: number }> = fc
  .record({
    affineLps: affines,
    size: fc.tuple(
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 700 }),
    ),
    axis: fc.constantFrom(0, 1, 2),
    screen: fc.record({
      width: fc.integer({ min: 20, max: 3000 }),
      height: fc.integer({ min: 20, max: 3000 }),
    }),
    moved: fc.tuple(between(-500, 500), between(-500, 500)),
    zoom: between(0.2, 20),
    at: between(0, 1),
  })
  .map(({ affineLps, size, axis, screen, moved, zoom, at }) => {
    const grid = { affineLps, size };
    const geometry = sliceGeometry(grid, axis);
    const fitted = { geometry, screen, camera: fitCamera(geometry, screen) };
    const zoomed = { ...fitted, camera: zoomAt(fitted, [screen.width / 3, 7], zoom) };
    return {
      grid,
      view: { ...zoomed, camera: pan(zoomed.camera, moved) },
      slice: Math.floor(at * (geometry.size[2] - 1)),
    };
  });
const points = fc.tuple(between(-100, 3100), between(-100, 3100));

const apart = (p: readonly number[], q: readonly number[]): number =>
  Math.hypot(...p.map((v, n) => v - q[n]!));

describe('the camera', () => {
  it('goes from the screen to the voxel and back to the same place', () => {
    fc.assert(
      fc.property(views, points, ({ view, slice }, at) => {
        const voxel = screenToVoxel(view, at, slice);
        expect(voxel[view.geometry.axis]).toBe(slice);
        expect(apart(voxelToScreen(view, voxel), at)).toBeLessThan(1e-6);
        const [column, row] = screenToSlice(view, at);
        expect(apart(voxelToSlice(view.geometry, voxel), [column, row, slice])).toBeLessThan(1e-6);
      }),
    );
  });

  it('shows what is some mm apart in the patient that many mm apart, sheared grids too', () => {
    fc.assert(
      fc.property(views, points, points, ({ grid, view, slice }, p, q) => {
        const onScreen = apart(p, q) / view.camera.scale;
        const inPatient = apart(
          voxelToWorld(grid, screenToVoxel(view, p, slice)),
          voxelToWorld(grid, screenToVoxel(view, q, slice)),
        );
        // Axes that are perpendicular but for 1e-4 count as such.
        expect(Math.abs(onScreen - inPatient)).toBeLessThanOrEqual(1e-6 + 2e-4 * inPatient);
      }),
    );
  });

  it('fits a slice: every corner of it is on the screen, and it touches two edges', () => {
    fc.assert(
      fc.property(views, ({ view: { geometry, screen } }) => {
        const view = { geometry, screen, camera: fitCamera(geometry, screen) };
        const [columns, rows] = geometry.size;
        const corners: Point[] = [
          [-0.5, -0.5],
          [columns - 0.5, -0.5],
          [-0.5, rows - 0.5],
          [columns - 0.5, rows - 0.5],
        ];
        const seen = corners.map((corner) => sliceToScreen(view, corner));
        const [left, right] = [
          Math.min(...seen.map(([x]) => x)),
          Math.max(...seen.map(([x]) => x)),
        ];
        const [top, bottom] = [
          Math.min(...seen.map(([, y]) => y)),
          Math.max(...seen.map(([, y]) => y)),
        ];
        expect(Math.min(left, top)).toBeGreaterThan(-1e-6);
        expect(left + right).toBeCloseTo(screen.width, 4);
        expect(top + bottom).toBeCloseTo(screen.height, 4);
        expect(Math.min(left, top)).toBeLessThan(1e-6);
      }),
    );
  });

  it('zooms about the pointer, within limits', () => {
    fc.assert(
      fc.property(views, points, between(0.01, 100), ({ view }, at, factor) => {
        const zoomed = { ...view, camera: zoomAt(view, at, factor) };
        const before = screenToSlice(view, at);
        expect(apart(sliceToScreen(zoomed, before), at)).toBeLessThan(
          1e-6 * zoomed.camera.scale + 1e-6,
        );
      }),
    );
    const geometry = sliceGeometry({ size: [100, 100, 9], affineLps: IDENTITY }, 2);
    const screen = { width: 500, height: 800 };
    const view = { geometry, screen, camera: fitCamera(geometry, screen) };
    expect(zoomAt(view, [0, 0], 1e9).scale).toBe(64);
    expect(zoomAt(view, [0, 0], 1e-9).scale).toBe(5 / 4);
  });

  it('pans with the pointer', () => {
    fc.assert(
      fc.property(views, points, points, ({ view }, at, by) => {
        const panned = { ...view, camera: pan(view.camera, by) };
        const moved = sliceToScreen(panned, screenToSlice(view, at));
        expect(apart(moved, [at[0] + by[0], at[1] + by[1]])).toBeLessThan(1e-6);
      }),
    );
  });

  it('gives the voxel that a position lies in, none outside', () => {
    expect(voxelAt([4, 4, 4], [1.4, 1.6, -0.4])).toEqual([1, 2, -0]);
    expect(voxelAt([4, 4, 4], [1, 3.6, 0])).toBeUndefined();
    expect(voxelAt([4, 4, 4], [1, -0.6, 0])).toBeUndefined();
    expect(voxelAt([4, 4, 4], [NaN, 0, 0])).toBeUndefined();
  });
});

describe('the letters', () => {
  const lettersOf = (affineLps: Affine, plane: AnatomicalPlane): string => {
    const { left, right, top, bottom } = sliceGeometry(
      { size: [5, 6, 7], affineLps },
      axisAcross(affineLps, plane),
    ).letters;
    return [left, right, top, bottom].join(' ');
  };

  it.each([
    ['axial', 'R L A P'],
    ['coronal', 'R L S I'],
    ['sagittal', 'A P S I'],
  ] as const)('of a %s plane are %s, however the grid is stored', (plane, letters) => {
    const sides: readonly Triple[] = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [-1, 0, 0],
      [0, -1, 0],
      [0, 0, -1],
    ];
    for (const i of sides)
      for (const j of sides)
        for (const k of sides) {
          const affine = [0, 1, 2]
            .flatMap((n) => [i[n]!, 2 * j[n]!, 3 * k[n]!, 9])
            .concat(0, 0, 0, 1);
          const spans = new Set([i, j, k].map((d) => d.findIndex((v) => v !== 0))).size === 3;
          if (spans) expect(lettersOf(affine, plane)).toBe(letters);
        }
  });

  it('of an oblique grid name both sides', () => {
    // As of a short-axis view of the heart: columns to left and back, rows to feet and front.
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const affine = [
      c,
      0,
      s,
      0,
      s * 0.9,
      -0.436,
      -c * 0.9,
      0,
      -s * 0.436,
      -0.9,
      c * 0.436,
      0,
      0,
      0,
      0,
      1,
    ];
    expect(lettersOf(affine, 'coronal')).toBe('RAS LPI SP IA');
  });

  it('of a grid turned by a few degrees name the main side alone', () => {
    const [c, s] = [Math.cos(0.2), Math.sin(0.2)];
    expect(lettersOf([c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 'axial')).toBe('R L A P');
  });

  it('are true: walking to the right edge moves towards its letter', () => {
    const towards: Record<string, Triple> = {
      L: [1, 0, 0],
      R: [-1, 0, 0],
      P: [0, 1, 0],
      A: [0, -1, 0],
      S: [0, 0, 1],
      I: [0, 0, -1],
    };
    fc.assert(
      fc.property(views, ({ grid, view, slice }) => {
        const at = (p: Point): Triple => voxelToWorld(grid, screenToVoxel(view, p, slice));
        const origin = at([0, 0]);
        const walks = {
          right: at([1, 0]),
          bottom: at([0, 1]),
          left: at([-1, 0]),
          top: at([0, -1]),
        };
        for (const [edge, end] of Object.entries(walks)) {
          const letters = view.geometry.letters[edge as keyof typeof walks];
          expect(letters).not.toBe('');
          for (const letter of letters) {
            const cos =
              towards[letter]!.reduce((sum, v, n) => sum + v * (end[n]! - origin[n]!), 0) /
              apart(end, origin);
            expect(cos).toBeGreaterThan(0.25);
          }
        }
      }),
    );
  });
});

it('the slices of a tilted gantry lean as they do in the patient', () => {
  const tilt = Math.tan(0.3);
  const affineLps = [1, 0, 0, 0, 0, 1, 2 * tilt, 0, 0, 0, 2, 0, 0, 0, 0, 1];
  const { basis } = sliceGeometry({ size: [9, 9, 9], affineLps }, 0);
  const [p, q] = [applyAffine(affineLps, [4, 0, 8]), applyAffine(affineLps, [4, 0, 0])];
  expect(basis[0]).toBe(1);
  expect(8 * basis[1]).toBeCloseTo(q[1] - p[1]);
  expect(8 * basis[2]).toBeCloseTo(p[2] - q[2]);
});
