import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceAlong } from '../geometry/index.ts';
import { planesOf, volumes } from './arbitraries.ts';
import { applyEdit, paint, polygonRegion } from './index.ts';
import type { EditRules, LabelVolume, Plane, PlanePoint } from './index.ts';

const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };

/** Rows of the plane in which a polygon was filled; every other plane is checked to be empty. */
function filled(volume: LabelVolume, plane: Plane, points: readonly PlanePoint[]): number[][] {
  const copy = { ...volume, data: new Uint8Array(volume.data.length) };
  applyEdit(copy, paint(copy, polygonRegion(copy, plane, points), paintRules, 'Polygon'));
  const { pixels, columns, rows } = sliceAlong(copy.data, copy.size, plane.axis, plane.index);
  const count = (mask: Uint8Array): number => mask.filter((v) => v === 1).length;
  expect(count(copy.data)).toBe(count(pixels));
  return Array.from({ length: rows }, (_, v) => [...pixels.slice(v * columns, (v + 1) * columns)]);
}

/** Even-odd by its definition: whether a ray towards lower u crosses an odd number of edges. */
function isInside([u, v]: PlanePoint, points: readonly PlanePoint[]): boolean {
  let inside = false;
  points.forEach(([ua, va], n) => {
    const [ub, vb] = points[(n + 1) % points.length]!;
    if (va <= v === vb <= v) return;
    // The side of the edge by a cross product; its sign depends on which way the edge runs.
    const side = (ub - ua) * (v - va) - (vb - va) * (u - ua);
    if (vb > va ? side <= 0 : side >= 0) inside = !inside;
  });
  return inside;
}

// Quarters of pixels: everything is exact in floating point, ends on centres come up often.
const coordinates = fc.integer({ min: -12, max: 40 }).map((n) => n / 4);
const pointsOf = (minLength: number): fc.Arbitrary<PlanePoint[]> =>
  fc.array(fc.tuple(coordinates, coordinates), { minLength, maxLength: 9 });

const cases = volumes.chain((volume) =>
  fc.record({ volume: fc.constant(volume), plane: planesOf(volume), points: pointsOf(0) }),
);

const flat: LabelVolume = { size: [8, 5, 1], spacing: [1, 1, 1], data: new Uint8Array(40) };
const axial: Plane = { axis: 2, index: 0 };

describe('a polygon', () => {
  it('holds the pixels whose centres are inside by the even-odd rule, in any plane', () => {
    fc.assert(
      fc.property(cases, ({ volume, plane, points }) => {
        const rows = filled(volume, plane, points);
        rows.forEach((row, v) => {
          row.forEach((value, u) => expect(value === 1).toBe(isInside([u, v], points)));
        });
      }),
      { numRuns: 300 },
    );
  });

  it('and its neighbour across a shared way part the pixels, with none twice or left out', () => {
    const ends = fc.tuple(coordinates, coordinates);
    fc.assert(
      fc.property(ends, ends, pointsOf(0), pointsOf(1), pointsOf(1), (a, b, way, left, right) => {
        const one = filled(flat, axial, [a, ...way, b, ...left]);
        const other = filled(flat, axial, [b, ...[...way].reverse(), a, ...right]);
        const both = filled(flat, axial, [a, ...right, b, ...left]);
        both.forEach((row, v) => {
          row.forEach((value, u) => expect(value).toBe((one[v]![u]! + other[v]![u]!) % 2));
        });
      }),
    );
  });

  it('does not depend on where it begins and which way it runs', () => {
    fc.assert(
      fc.property(pointsOf(3), fc.nat(8), (points, shift) => {
        const n = shift % points.length;
        const turned = [...points.slice(n), ...points.slice(0, n)].reverse();
        expect(filled(flat, axial, turned)).toEqual(filled(flat, axial, points));
      }),
    );
  });

  it('that crosses itself leaves out what it goes round twice', () => {
    const square = (low: number, high: number): PlanePoint[] => [
      [low, low],
      [high, low],
      [high, high],
      [low, high],
    ];
    const twice = [
      ...square(-0.5, 4.5),
      [-0.5, -0.5] as const,
      ...square(0.6, 3.4),
      [0.6, 0.6] as const,
    ];
    expect(filled(flat, axial, twice).map((row) => row.join(''))).toEqual([
      '11111000',
      '10001000',
      '10001000',
      '10001000',
      '11111000',
    ]);
  });

  it('of less than three points holds nothing', () => {
    for (const points of [
      [],
      [[1, 1]],
      [
        [1, 1],
        [6, 3],
      ],
    ] as PlanePoint[][]) {
      expect(filled(flat, axial, points).flat()).not.toContain(1);
    }
  });
});
