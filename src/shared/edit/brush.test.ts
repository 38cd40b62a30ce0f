import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceAlong } from '../geometry/index.ts';
import type { Triple } from '../volume.ts';
import { planesOf, positionsOf, triples, volumes } from './arbitraries.ts';
import {
  applyEdit,
  ballStroke,
  discStroke,
  erase,
  joinEdits,
  labelRegion,
  paint,
  wholeBox,
  type EditRules,
  type LabelVolume,
  type Region,
  type StrokePoint,
} from './index.ts';
import { componentTaker } from '../connected.ts';

const paintRules: EditRules = { value: 9, locked: new Set(), overwrite: 'unlocked' };

const empty = (size: Triple, spacing: Triple): LabelVolume => ({
  size,
  spacing,
  data: new Uint8Array(size[0] * size[1] * size[2]),
});

/** 1 for every voxel of the volume that is in a region. */
function painted(volume: LabelVolume, region: Region): Uint8Array {
  const copy = empty(volume.size, volume.spacing);
  applyEdit(copy, paint(copy, region, paintRules, ''));
  return labelRegion(copy, wholeBox(copy), paintRules.value).mask;
}

const lines = (mask: Uint8Array, columns: number): string[] =>
  Array.from({ length: mask.length / columns }, (_, row) =>
    [...mask.subarray(row * columns, (row + 1) * columns)].map((v) => (v ? '#' : '.')).join(''),
  );

const coordinates = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  fc.double({ min: -3, max: 10, noNaN: true }),
);
const pressures = fc.constantFrom(0, 0.2, 0.5, 1);
const radii = fc.constantFrom(0, 0.4, 1, 1.4, 2.1, 5);

const inPlane = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    plane: planesOf(volume),
    radius: radii,
    points: fc.array(fc.record({ at: fc.tuple(coordinates, coordinates), pressure: pressures }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
);
const inSpace = fc.record({
  volume: volumes,
  radius: radii,
  points: fc.array(fc.record({ at: triples(coordinates), pressure: pressures }), {
    minLength: 1,
    maxLength: 4,
  }),
});

/**
 * How far a voxel centre is from the ball that is nearest to it on the way from point to point, in
 * mm, negative inside. Found by thirds: along a piece that distance is convex.
 */
function outside(
  p: Triple,
  points: readonly StrokePoint<Triple>[],
  radius: number,
  spacing: Triple,
): number {
  const distances = points.map((b, n) => {
    const a = points[n - 1] ?? b;
    const at = (t: number): number =>
      Math.hypot(...p.map((v, c) => (v - a.at[c]! * (1 - t) - b.at[c]! * t) * spacing[c]!)) -
      radius * (a.pressure! * (1 - t) + b.pressure! * t);
    let [low, high] = [0, 1];
    for (let n = 0; n < 60; n++) {
      const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
      if (at(left) < at(right)) high = right;
      else low = left;
    }
    return at(low);
  });
  return Math.min(...distances);
}

/** Whether a voxel is the nearest one to some place on the way. */
function isUnder(p: Triple, points: readonly StrokePoint<Triple>[]): boolean {
  return points.some((b, n) => {
    const a = points[n - 1] ?? b;
    return Array.from({ length: 2001 }, (_, step) => step / 2000).some((t) =>
      p.every((v, axis) => Math.abs(v - a.at[axis]! * (1 - t) - b.at[axis]! * t) <= 0.5 + 1e-3),
    );
  });
}

describe('a dab', () => {
  it('is a disc in mm, cut at the border, in the plane alone', () => {
    const volume = empty([9, 5, 3], [1, 2, 1]);
    const mask = painted(volume, discStroke(volume, { axis: 2, index: 1 }, [{ at: [3, 1] }], 3));
    expect(lines(mask.subarray(45, 90), 9)).toEqual([
      '.#####...',
      '#######..',
      '.#####...',
      '.........',
      '.........',
    ]);
    expect(mask.subarray(0, 45).includes(1) || mask.subarray(90).includes(1)).toBe(false);
  });

  it('works in coronal and sagittal planes as they are cut', () => {
    const volume = empty([7, 6, 5], [1, 1, 2]);
    for (const axis of [0, 1] as const) {
      const dab = discStroke(volume, { axis, index: 2 }, [{ at: [3, 2] }], 2);
      const slice = sliceAlong(painted(volume, dab), volume.size, axis, 2);
      expect(lines(slice.pixels, slice.columns).map((line) => line.slice(0, 6))).toEqual([
        '......',
        '...#..',
        '.#####',
        '...#..',
        '......',
      ]);
    }
  });

  it('finer than a pixel paints the pixel under the pointer', () => {
    const volume = empty([3, 3, 1], [1, 1, 1]);
    const dab = discStroke(volume, { axis: 2, index: 0 }, [{ at: [1.4, 0.6] }], 0.1);
    expect(lines(painted(volume, dab), 3)).toEqual(['...', '.#.', '...']);
  });

  it('outside of the slice paints nothing', () => {
    const volume = empty([3, 3, 1], [1, 1, 1]);
    const dab = discStroke(volume, { axis: 2, index: 0 }, [{ at: [-4, 1] }], 2);
    expect(painted(volume, dab).includes(1)).toBe(false);
  });

  it('of no radius is refused', () => {
    const volume = empty([3, 3, 1], [1, 1, 1]);
    for (const radius of [-1, NaN, Infinity]) {
      expect(() => ballStroke(volume, [{ at: [1, 1, 0] }], radius)).toThrow(RangeError);
    }
  });
});

describe('a stroke', () => {
  it('in space is swept by a ball whose radius follows the pressure', () => {
    fc.assert(
      fc.property(inSpace, ({ volume, radius, points }) => {
        const mask = painted(volume, ballStroke(volume, points, radius));
        positionsOf(volume.size).forEach((p, n) => {
          const distance = outside(p, points, radius, volume.spacing);
          if (mask[n] === 1 && distance > 1e-5) expect(isUnder(p, points)).toBe(true);
          if (distance <= 0) expect(mask[n]).toBe(1);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('in a plane is what the ball leaves in that plane', () => {
    fc.assert(
      fc.property(inPlane, ({ volume, plane, radius, points }) => {
        const disc = painted(volume, discStroke(volume, plane, points, radius));
        const lifted = points.map(({ at, pressure }) => {
          const p: number[] = [...at];
          p.splice(plane.axis, 0, plane.index);
          return { at: p as unknown as Triple, pressure };
        });
        const ball = painted(volume, ballStroke(volume, lifted, radius));
        positionsOf(volume.size).forEach((p, n) => {
          expect(disc[n]).toBe(p[plane.axis] === plane.index ? ball[n] : 0);
        });
      }),
    );
  });

  it('has no gaps, however fine and fast', () => {
    fc.assert(
      fc.property(inPlane, ({ volume, radius, points }) => {
        const wide = { ...volume, size: [24, 24, 1] as const, data: new Uint8Array(576) };
        const moved = points.map(({ at, pressure }) => ({
          at: [at[0] + 8, at[1] + 8] as const,
          pressure,
        }));
        const mask = painted(wide, discStroke(wide, { axis: 2, index: 0 }, moved, radius));
        const all = mask.filter((v) => v !== 0).length;
        expect(componentTaker(mask, wide.size, 'corners')(mask.indexOf(1))).toHaveLength(all);
      }),
    );
  });

  it('joined from its pieces is the stroke in one', () => {
    fc.assert(
      fc.property(inPlane, ({ volume, plane, radius, points }) => {
        const whole = paint(volume, discStroke(volume, plane, points, radius), paintRules, 'Brush');
        const live = { ...volume, data: volume.data.slice() };
        const pieces = points.map((point, n) => {
          const ends = n === 0 ? [point] : [points[n - 1]!, point];
          const piece = paint(live, discStroke(live, plane, ends, radius), paintRules, 'Brush');
          applyEdit(live, piece);
          return piece;
        });
        expect(joinEdits('Brush', pieces)).toEqual(whole);
      }),
    );
  });

  it('of the eraser takes away what the brush has painted', () => {
    fc.assert(
      fc.property(inPlane, ({ volume, plane, radius, points }) => {
        const region = discStroke(volume, plane, points, radius);
        const live = { ...volume, data: new Uint8Array(volume.data.length) };
        applyEdit(live, paint(live, region, paintRules, 'Brush'));
        applyEdit(live, erase(live, region, paintRules, 'Eraser'));
        expect(live.data.every((label) => label === 0)).toBe(true);
      }),
    );
  });
});
