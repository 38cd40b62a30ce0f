import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume.ts';
import { extentsOf, isIn, labelsAfter, positionsOf, triples, volumes } from './arbitraries.ts';
import { floodRegion, paint, type EditRules, type LabelVolume, type Region } from './index.ts';

const cases = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    image: fc.array(fc.constantFrom(0, 1, 5, NaN), {
      minLength: volume.data.length,
      maxLength: volume.data.length,
    }),
    seed: triples(fc.nat(6)),
    extent: extentsOf(volume),
    tolerance: fc.constantFrom(0, 1, 4, 5),
    reach: fc.constantFrom(0, 1, 2.5, Infinity),
  }),
);

/** 1 for every voxel of the volume that is in a region. */
function membership(volume: LabelVolume, region: Region): number[] {
  const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
  const copy = { ...volume, data: new Uint8Array(volume.data.length) };
  return labelsAfter(copy, paint(copy, region, paintRules, 'Fill'));
}

describe('flood fill', () => {
  it('spreads from the seed to neighbours that are like it, until there is none', () => {
    fc.assert(
      fc.property(cases, ({ volume, image, seed, extent, tolerance, reach }) => {
        const { size, spacing, data } = volume;
        const region = floodRegion(volume, Float32Array.from(image), seed, extent, {
          tolerance,
          reach,
        });
        const at = ([i, j, k]: Triple): number => i + size[0] * (j + size[1] * k);
        const isInside = seed.every((v, axis) => v < size[axis]!);
        const isCandidate = positionsOf(size).map(
          (p, n) =>
            isInside &&
            isIn(extent, p) &&
            isIn(extent, seed) &&
            p.every((v, axis) => Math.abs(v - seed[axis]!) * spacing[axis]! <= reach) &&
            data[n] === data[at(seed)] &&
            Math.abs(image[n]! - image[at(seed)]!) <= tolerance,
        );
        const reached = isCandidate.map((is, n) => is && n === at(seed));
        for (let changed = true; changed;) {
          changed = false;
          positionsOf(size).forEach((p, n) => {
            if (reached[n] || !isCandidate[n]) return;
            const touches = positionsOf(size).some(
              (q, m) => reached[m] && Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) === 1,
            );
            if (touches) reached[n] = changed = true;
          });
        }
        expect(membership(volume, region)).toEqual(reached.map(Number));
      }),
      { numRuns: 60 },
    );
  });

  it('stays within the label that it starts in', () => {
    const volume: LabelVolume = {
      size: [5, 1, 1],
      spacing: [1, 1, 1],
      data: Uint8Array.of(0, 0, 2, 2, 0),
    };
    const fill = (seed: Triple): number[] =>
      membership(volume, floodRegion(volume, new Int16Array(5), seed, 'volume', { tolerance: 0 }));
    expect(fill([1, 0, 0])).toEqual([1, 1, 0, 0, 0]);
    expect(fill([3, 0, 0])).toEqual([0, 0, 1, 1, 0]);
  });

  it('needs an image on the same grid', () => {
    const volume: LabelVolume = { size: [2, 1, 1], spacing: [1, 1, 1], data: new Uint8Array(2) };
    expect(() =>
      floodRegion(volume, new Int16Array(3), [0, 0, 0], 'volume', { tolerance: 1 }),
    ).toThrow(RangeError);
  });
});
