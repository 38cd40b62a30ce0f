import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlices, type OpenSlices, type Strategy } from './strategies.ts';

/** A series whose slice k is in doubt by `doubts[k]`. */
function series(doubts: readonly number[], annotated: readonly number[] = []): OpenSlices {
  const open = doubts.map((_, k) => k).filter((k) => !annotated.includes(k));
  return { open, annotated, scores: new Map(open.map((k) => [k, doubts[k]!])) };
}

const strategies: Strategy[] = ['uncertainty', 'random', 'uniform'];

describe('the next slices to annotate', () => {
  it('are open ones, each once, and the first of a longer list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.69, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.nat(50),
        fc.constantFrom(...strategies),
        fc.nat(),
        (doubts, count, strategy, seed) => {
          const annotated = doubts.map((_, k) => k).filter((k) => k % 5 === 1);
          const slices = series(doubts, annotated);
          const next = nextSlices(strategy, slices, count, seed);
          expect(next.length).toBe(Math.min(count, slices.open.length));
          expect(new Set(next).size).toBe(next.length);
          expect(next.every((k) => slices.open.includes(k))).toBe(true);
          expect(nextSlices(strategy, slices, doubts.length, seed).slice(0, next.length)).toEqual(
            next,
          );
        },
      ),
    );
  });

  it('by uncertainty are spread evenly at first, then those of most doubt, neighbours later', () => {
    const doubts = Array.from({ length: 60 }, (_, k) => (k === 40 ? 0.6 : k === 41 ? 0.59 : 0.3));
    const next = nextSlices('uncertainty', series(doubts), 6, 0);
    const spread = nextSlices('uniform', series(doubts), 4, 0);
    expect(next.slice(0, 4)).toEqual(spread);
    expect(next[4]).toBe(40);
    expect(next[5]).not.toBe(41);
    // Once the first are annotated the others follow in the same order.
    expect(nextSlices('uncertainty', series(doubts, spread), 2, 0)).toEqual(next.slice(4));
  });

  it('evenly spaced begin in the middle and halve the gaps', () => {
    expect(nextSlices('uniform', series(Array<number>(33).fill(0)), 3, 0)).toEqual([16, 5, 27]);
    const next = nextSlices('uniform', series(Array<number>(64).fill(0)), 8, 0);
    const gaps = [...next].sort((a, b) => a - b).map((k, n, all) => k - (all[n - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12);
  });

  it('at random are the same for the same seed, and keep their order when some are annotated', () => {
    const doubts = Array<number>(20).fill(0);
    const all = nextSlices('random', series(doubts), 20, 7);
    expect(nextSlices('random', series(doubts), 20, 7)).toEqual(all);
    expect(nextSlices('random', series(doubts), 20, 8)).not.toEqual(all);
    const rest = nextSlices('random', series(doubts, all.slice(0, 4)), 20, 7);
    expect(rest).toEqual(all.slice(4));
  });
});
