import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extentsOf, isIn, labelsAfter, openRules, positionsOf, volumes } from './arbitraries.ts';
import {
  erase,
  removeIslands,
  type EditRules,
  type KeptIslands,
  type LabelVolume,
} from './index.ts';

const cases = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    extent: extentsOf(volume),
    rules: openRules,
    keep: fc.oneof(
      fc.constant<KeptIslands>('largest'),
      fc.constantFrom(0, 0.5, 1, 3, 6.3).map((atLeast): KeptIslands => ({ atLeast })),
    ),
  }),
);

const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };

describe('removing islands', () => {
  it('erases the pieces that are not kept, whole', () => {
    fc.assert(
      fc.property(cases, ({ volume, extent, rules, keep }) => {
        const { size, spacing, data } = volume;
        const all = positionsOf(size);
        // Pieces by repeated spreading of the smallest index among neighbours.
        const piece = all.map((p, n) => (isIn(extent, p) && data[n] === rules.value ? n : -1));
        for (let changed = true; changed;) {
          changed = false;
          all.forEach((p, n) => {
            all.forEach((q, m) => {
              if (piece[n]! < 0 || piece[m]! <= piece[n]!) return;
              if (p.some((v, axis) => Math.abs(v - q[axis]!) > 1)) return;
              piece[m] = piece[n]!;
              changed = true;
            });
          });
        }
        const counts = new Map<number, number>();
        for (const name of piece) if (name >= 0) counts.set(name, (counts.get(name) ?? 0) + 1);
        const lengths = spacing.filter((_, axis) => extent === 'volume' || extent.axis !== axis);
        const measure = lengths.reduce((product, mm) => product * mm, 1);
        const most = Math.max(...counts.values());
        const largest = piece.find((name) => counts.get(name) === most);
        const isKept = (name: number): boolean =>
          keep === 'largest' ? name === largest : counts.get(name)! * measure > keep.atLeast - 1e-6;
        const mask = Uint8Array.from(piece, (name) => (name >= 0 && !isKept(name) ? 1 : 0));
        const expected = erase(volume, { from: [0, 0, 0], size, mask }, rules, 'Islands');
        expect(removeIslands(volume, extent, keep, rules, 'Islands')).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the first of equal ones', () => {
    const volume: LabelVolume = {
      size: [7, 1, 1],
      spacing: [1, 1, 1],
      data: Uint8Array.of(1, 0, 1, 1, 0, 1, 1),
    };
    const edit = removeIslands(volume, 'volume', 'largest', paintRules, 'Islands');
    expect(labelsAfter(volume, edit)).toEqual([0, 0, 1, 1, 0, 0, 0]);
  });

  it('measures in mm² in a plane and in mm³ in the volume', () => {
    const volume: LabelVolume = {
      size: [2, 2, 1],
      spacing: [0.5, 2, 3],
      data: Uint8Array.of(1, 1, 0, 0),
    };
    const count = (extent: 'volume' | { axis: 2; index: 0 }, atLeast: number): number =>
      removeIslands(volume, extent, { atLeast }, paintRules, '').starts.length;
    expect(count({ axis: 2, index: 0 }, 2)).toBe(0);
    expect(count({ axis: 2, index: 0 }, 2.1)).toBe(1);
    expect(count('volume', 6)).toBe(0);
    expect(count('volume', 6.1)).toBe(1);
  });
});
