import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewState } from '../../workspace/index.ts';
import { nextSlices } from './queue.ts';
import { byDistance } from './suggestions.ts';

describe('slices to suggest on', () => {
  it('come by their distance from the one that is looked at', () => {
    expect(byDistance([2, 7], 4, 8)).toEqual([4, 3, 5, 2, 6, 7]);
    expect(byDistance([2, 4], 9, 12)).toEqual([4, 3, 2]);
    expect(byDistance([0, 0], 0, 1)).toEqual([0]);
  });

  it('are all of them, each once', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(60), (a, b, focus) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const order = byDistance([first, last], focus, 51);
        expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n)); // prettier-ignore
        const distances = order.map((index) => Math.abs(index - focus));
        expect(distances).toEqual([...distances].sort((x, y) => x - y));
      }),
    );
  });
});

describe('slices to look at next', () => {
  const unseen = (count: number): ReviewState[] => new Array<ReviewState>(count).fill('unseen');

  it('are the most doubtful ones that nobody has decided on', () => {
    const scores = new Map([[0, 1], [5, 9], [6, 5], [19, 3]]); // prettier-ignore
    expect(nextSlices(scores, unseen(20), 1, 3).map(({ index }) => index)).toEqual([5, 19, 6]);
    const reviews = unseen(20).with(5, 'accepted').with(19, 'rejected');
    expect(nextSlices(scores, reviews, 1, 9).map(({ index }) => index)).toEqual([6, 0]);
  });

  it('do not depend on the order in which suggestions came', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.nat(30), fc.double({ min: 0, max: 10, noNaN: true })), { selector: ([index]) => index }); // prettier-ignore
    fc.assert(
      fc.property(entries, (scores) => {
        const forth = nextSlices(new Map(scores), unseen(31), 2.5, 31);
        expect(nextSlices(new Map([...scores].reverse()), unseen(31), 2.5, 31)).toEqual(forth);
        expect(forth).toHaveLength(scores.length);
      }),
    );
  });
});
