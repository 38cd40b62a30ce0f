import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extentsOf, isIn, labelsAfter, openRules, positionsOf, volumes } from './arbitraries.ts';
import { erase, joinEdits, paint, smooth, type EditRules, type LabelVolume } from './index.ts';

const cases = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    extent: extentsOf(volume),
    rules: openRules,
    radius: fc.constantFrom(0, 0.7, 1, 1.5, 2.1, 4),
  }),
);

const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };

describe('smoothing', () => {
  it('follows the majority within the radius, and leaves ties as they are', () => {
    fc.assert(
      fc.property(cases, ({ volume, extent, rules, radius }) => {
        const { size, spacing, data } = volume;
        const all = positionsOf(size);
        const votes = all.map((p) => {
          let vote = 0;
          all.forEach((q, m) => {
            const distance = Math.hypot(...p.map((v, axis) => (v - q[axis]!) * spacing[axis]!));
            if (!isIn(extent, q) || distance > radius + 1e-6) return;
            vote += data[m] === rules.value ? 1 : -1;
          });
          return isIn(extent, p) ? vote : 0;
        });
        const whole = { from: [0, 0, 0] as const, size };
        const gained = Uint8Array.from(votes, (vote) => (vote > 0 ? 1 : 0));
        const lost = Uint8Array.from(votes, (vote) => (vote < 0 ? 1 : 0));
        const expected = joinEdits('Smooth', [
          erase(volume, { ...whole, mask: lost }, rules, ''),
          paint(volume, { ...whole, mask: gained }, rules, ''),
        ]);
        expect(smooth(volume, extent, radius, rules, 'Smooth')).toEqual(expected);
      }),
      { numRuns: 80 },
    );
  });

  it('leaves a straight edge, and takes away a spike', () => {
    const side = 40;
    const data = new Uint8Array(side * side);
    for (let n = 0; n < data.length; n++) if (Math.floor(n / side) >= 20) data[n] = 1;
    const volume: LabelVolume = { size: [side, side, 1], spacing: [0.7, 0.7, 5], data };
    expect(smooth(volume, { axis: 2, index: 0 }, 3, paintRules, '').starts).toHaveLength(0);
    for (let row = 12; row < 20; row++) data[row * side + 20] = 1;
    const after = labelsAfter(volume, smooth(volume, { axis: 2, index: 0 }, 3, paintRules, ''));
    // At its foot the spike may leave a pixel of fillet.
    expect(after.slice(0, 19 * side)).not.toContain(1);
    expect(after.slice(20 * side)).not.toContain(0);
  });

  it('refuses what is no radius', () => {
    const volume: LabelVolume = { size: [1, 1, 1], spacing: [1, 1, 1], data: Uint8Array.of(1) };
    for (const radius of [-1, NaN, Infinity]) {
      expect(() => smooth(volume, 'volume', radius, paintRules, '')).toThrow(RangeError);
    }
  });
});
