import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewState } from '../../workspace/index.ts';
import { nextSlices } from './strategies.ts';
import { whatNext } from './queue.ts';
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
        expect([...order].sort((x, y) => x - y)).toEqual(
          Array.from({ length: last - first + 1 }, (_, n) => first + n),
        );
        const distances = order.map((index) => Math.abs(index - focus));
        expect(distances).toEqual([...distances].sort((x, y) => x - y));
      }),
    );
  });
});

describe('slices to look at next', () => {
  const unseen = (count: number): ReviewState[] => new Array<ReviewState>(count).fill('unseen');

  it('are spread over the series at first, then those of most doubt', () => {
    const scores = new Map(
      Array.from({ length: 60 }, (_, k) => [k, k === 40 ? 9 : k === 52 ? 8 : 1]),
    );
    const next = whatNext(scores, unseen(60), 6);
    expect(next.map(({ why }) => why)).toEqual([
      'far',
      'far',
      'far',
      'far',
      'doubtful',
      'doubtful',
    ]);
    expect(next[0]!.index).toBe(29);
    expect(next.slice(4).map(({ index }) => index)).toEqual([40, 52]);
    const reviews = next
      .slice(0, 2)
      .reduce((all, { index }) => all.with(index, 'accepted'), unseen(60));
    expect(whatNext(scores, reviews, 4)).toEqual(next.slice(2));
  });

  it('are open ones with a suggestion, the order of simulate, and the first of a longer list', () => {
    const state = fc.constantFrom<ReviewState>(
      'unseen',
      'unseen',
      'accepted',
      'corrected',
      'rejected',
    );
    const reviews = fc.array(state, { minLength: 31, maxLength: 31 });
    const entries = fc.uniqueArray(
      fc.tuple(fc.nat(30), fc.double({ min: 0, max: 10, noNaN: true })),
      { selector: ([index]) => index },
    );
    fc.assert(
      fc.property(entries, reviews, fc.nat(31), (list, states, count) => {
        const scores = new Map(list);
        const all = whatNext(scores, states, 31);
        const open = list.map(([index]) => index).filter((index) => states[index] === 'unseen');
        expect(all.map(({ index }) => index).sort()).toEqual(open.sort());
        expect(whatNext(scores, states, count)).toEqual(all.slice(0, count));
        expect(whatNext(new Map(list.reverse()), states, 31)).toEqual(all);
        const annotated = states.flatMap((s, k) => (s === 'unseen' ? [] : [k]));
        const sorted = open.sort((a, b) => a - b);
        expect(all.map(({ index }) => index)).toEqual(
          nextSlices('uncertainty', { open: sorted, annotated, scores }, 31, 0),
        );
      }),
    );
  });
});
