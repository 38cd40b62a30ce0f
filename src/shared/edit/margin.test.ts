import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extentsOf, isIn, labelsAfter, openRules, positionsOf, volumes } from './arbitraries.ts';
import { erase, grow, paint, shrink, type EditRules, type LabelVolume } from './index.ts';

const cases = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    extent: extentsOf(volume),
    rules: openRules,
    mm: fc.constantFrom(0, 0.7, 1, 1.4, 2.1, 4),
  }),
);

const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };

/** 1 for voxels of an extent that are no farther than `mm` from one that passes, all tried. */
function nearTo(
  { size, spacing, data }: LabelVolume,
  extent: Parameters<typeof isIn>[0],
  mm: number,
  passes: (label: number) => boolean,
): Uint8Array {
  const all = positionsOf(size);
  const sources = all.filter((q, m) => isIn(extent, q) && passes(data[m]!));
  const isNear = all.map(
    (p) =>
      isIn(extent, p) &&
      sources.some(
        (q) => Math.hypot(...p.map((v, axis) => (v - q[axis]!) * spacing[axis]!)) <= mm + 1e-6,
      ),
  );
  return Uint8Array.from(isNear, Number);
}

describe('growing', () => {
  it('paints all within a distance in mm, by the rules', () => {
    fc.assert(
      fc.property(cases, ({ volume, extent, rules, mm }) => {
        const mask = nearTo(volume, extent, mm, (label) => label === rules.value);
        const expected = paint(volume, { from: [0, 0, 0], size: volume.size, mask }, rules, 'Grow');
        expect(grow(volume, extent, mm, rules, 'Grow')).toEqual(expected);
      }),
    );
  });
});

describe('shrinking', () => {
  it('erases all within a distance in mm from where the label is not', () => {
    fc.assert(
      fc.property(cases, ({ volume, extent, rules, mm }) => {
        const mask = nearTo(volume, extent, mm, (label) => label !== rules.value);
        const expected = erase(
          volume,
          { from: [0, 0, 0], size: volume.size, mask },
          rules,
          'Shrink',
        );
        expect(shrink(volume, extent, mm, rules, 'Shrink')).toEqual(expected);
      }),
    );
  });

  it('does not eat from the border of the volume', () => {
    const volume: LabelVolume = {
      size: [5, 1, 1],
      spacing: [2, 1, 1],
      data: Uint8Array.of(1, 1, 1, 1, 0),
    };
    expect(labelsAfter(volume, shrink(volume, 'volume', 4, paintRules, ''))).toEqual([
      1, 1, 0, 0, 0,
    ]);
    volume.data.fill(1);
    expect(shrink(volume, 'volume', 4, paintRules, '').starts).toHaveLength(0);
  });

  it('and growing refuse what is no length', () => {
    const volume: LabelVolume = { size: [1, 1, 1], spacing: [1, 1, 1], data: Uint8Array.of(1) };
    for (const mm of [-1, NaN, Infinity]) {
      expect(() => grow(volume, 'volume', mm, paintRules, '')).toThrow(RangeError);
      expect(() => shrink(volume, 'volume', mm, paintRules, '')).toThrow(RangeError);
    }
  });
});
