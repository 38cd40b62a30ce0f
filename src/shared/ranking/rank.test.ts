import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankSlices, type ScoredSlice } from './index.ts';

const slice = fc.record(
  {
    // Few values: ties are the rule.
    score: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 10, noNaN: true })),
    position: fc.oneof(
      fc.integer({ min: -20, max: 20 }),
      fc.double({ min: -50, max: 50, noNaN: true }),
    ),
    stack: fc.constantFrom('axial', 'sagittal'),
  },
  { requiredKeys: ['score', 'position'] },
);
const slices = fc.array(slice, { maxLength: 25 });
const range = fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { nil: undefined });
const given = fc.record({ slices, annotated: fc.array(slice, { maxLength: 6 }), range });
const options = ({ annotated, range }: { annotated: ScoredSlice[]; range: number | undefined }) =>
  range === undefined ? { annotated } : { annotated, range };

describe('the order of slices', () => {
  it('has every slice once, and its first k are what k alone would give', () => {
    fc.assert(
      fc.property(given, (g) => {
        const order = rankSlices(g.slices, options(g));
        expect([...order].sort((a, b) => a - b)).toEqual(g.slices.map((_, i) => i));
        for (let count = 0; count <= order.length + 1; count++) {
          expect(rankSlices(g.slices, { ...options(g), count })).toEqual(order.slice(0, count));
        }
      }),
    );
  });

  it('goes on as it would have, once the first k are annotated', () => {
    fc.assert(
      fc.property(given, fc.nat(10), (g, k) => {
        const order = rankSlices(g.slices, options(g));
        const done = order.slice(0, k);
        const rest = g.slices.map((_, i) => i).filter((i) => !done.includes(i));
        const again = rankSlices(
          rest.map((i) => g.slices[i]!),
          { ...options(g), annotated: [...g.annotated, ...done.map((i) => g.slices[i]!)] },
        );
        expect(again.map((i) => rest[i])).toEqual(order.slice(k));
      }),
    );
  });

  it('is the greedy one, found by trying every slice at every step', () => {
    fc.assert(
      fc.property(given, fc.double({ min: 0.1, max: 30, noNaN: true }), (g, range) => {
        const seen = [...g.annotated];
        const open = g.slices.map((_, i) => i);
        const expected: number[] = [];
        while (open.length > 0) {
          const worth = open.map((i) => {
            const slice = g.slices[i]!;
            const distances = seen
              .filter((other) => other.stack === slice.stack)
              .map((other) => Math.abs(other.position - slice.position));
            const weight = Math.min(1, Math.min(...distances) / range);
            return { i, weight, value: slice.score * weight };
          });
          worth.sort((a, b) => b.value - a.value || b.weight - a.weight || a.i - b.i);
          const best = worth[0]!.i;
          expected.push(best);
          seen.push(g.slices[best]!);
          open.splice(open.indexOf(best), 1);
        }
        expect(rankSlices(g.slices, { annotated: g.annotated, range })).toEqual(expected);
      }),
    );
  });

  it('does not change with the unit of scores or of positions', () => {
    fc.assert(
      fc.property(given, fc.integer({ min: -6, max: 6 }), (g, power) => {
        const k = 2 ** power;
        const scaled = (list: ScoredSlice[]) =>
          list.map((s) => ({ ...s, score: s.score * k, position: s.position * k }));
        // Below the smallest normal number, powers of two round too.
        fc.pre([...g.slices, ...g.annotated].every((s) => [s.score, s.position].every(isPlain)));
        fc.pre(g.range === undefined || isPlain(g.range));
        const again = rankSlices(scaled(g.slices), {
          annotated: scaled(g.annotated),
          ...(g.range === undefined ? {} : { range: g.range * k }),
        });
        expect(again).toEqual(rankSlices(g.slices, options(g)));
      }),
    );
    function isPlain(v: number): boolean {
      return v === 0 || Math.abs(v) > 1e-100;
    }
  });

  it('without a range is the order of scores, equal ones by index', () => {
    fc.assert(
      fc.property(slices, (list) => {
        const expected = list.map((_, i) => i).sort((a, b) => list[b]!.score - list[a]!.score);
        expect(rankSlices(list, { range: 0 })).toEqual(expected);
      }),
    );
  });

  it('does not ask for neighbours one after another', () => {
    // One broad hill of doubt in a stack of 100 slices of 1 mm.
    const hill = Array.from({ length: 100 }, (_, i) => ({
      position: i,
      score: 1 / (1 + ((i - 40) / 15) ** 2),
    }));
    const first = rankSlices(hill, { count: 8 });
    expect(first[0]).toBe(40);
    first.forEach((a, n) =>
      first.slice(0, n).forEach((b) => expect(Math.abs(a - b)).toBeGreaterThanOrEqual(5)),
    );
    // Slices without any doubt are spread too.
    const flat = rankSlices(
      hill.map(({ position }) => ({ position, score: 0 })),
      { count: 5 },
    );
    const sorted = [...flat].sort((a, b) => a - b);
    sorted.slice(1).forEach((i, n) => expect(i - sorted[n]!).toBeGreaterThanOrEqual(9));
  });

  it('keeps away from annotated slices of the same stack only', () => {
    const list = [9, 10, 30].map((position) => ({ position, score: position === 30 ? 1 : 2 }));
    expect(rankSlices(list, { range: 10 })).toEqual([0, 2, 1]);
    expect(rankSlices(list, { range: 10, annotated: [{ position: 9 }] })).toEqual([2, 1, 0]);
    const other = [{ position: 9, stack: 'other' }];
    expect(rankSlices(list, { range: 10, annotated: other })).toEqual([0, 2, 1]);
  });

  it('refuses what it cannot compare', () => {
    expect(rankSlices([])).toEqual([]);
    for (const bad of [NaN, -1, Infinity]) {
      expect(() => rankSlices([{ score: bad, position: 0 }])).toThrow(RangeError);
    }
    expect(() => rankSlices([{ score: 1, position: NaN }])).toThrow(RangeError);
    expect(() => rankSlices([], { annotated: [{ position: Infinity }] })).toThrow(RangeError);
    expect(() => rankSlices([], { range: -1 })).toThrow(RangeError);
  });
});
