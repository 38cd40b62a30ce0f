import { describe, expect, it } from 'vitest';
import { countDecisions, decisionName, marksOf, nextOpen } from './decided.ts';

describe('what was decided', () => {
  it('says of a slice that was looked at which labels on it were not', () => {
    expect(decisionName('accepted', [])).toBe('accepted');
    expect(decisionName('accepted', ['a'])).toBe('accepted, 1 label unseen');
    expect(decisionName('corrected', ['a', 'b'])).toBe('corrected, 2 labels unseen');
    expect(decisionName('accepted-unseen', ['a', 'b'])).toBe('accepted unseen');
    expect(decisionName('unseen', [])).toBe('not decided');
  });

  it('counts every decided slice once, those with an unseen label as unseen', () => {
    const review = [
      'accepted',
      'accepted',
      'corrected',
      'corrected',
      'accepted-unseen',
      'rejected',
      'started',
      'unseen',
    ] as const;
    const unseen = [[], ['a'], ['b'], [], ['a'], [], [], []];
    expect(countDecisions(review, unseen)).toEqual({
      accepted: 1,
      unseen: 3,
      corrected: 1,
      rejected: 1,
    });
  });

  it('leads to the next slice that is not decided, past those that are, round and round', () => {
    const review = ['unseen', 'accepted', 'corrected', 'started', 'rejected'] as const;
    expect([0, 1, 3, 4].map((slice) => nextOpen(review, slice))).toEqual([3, 3, 0, 0]);
    expect(nextOpen(['accepted', 'unseen'], 0)).toBe(1);
    expect(nextOpen(['accepted', 'accepted', 'rejected'], 0)).toBe(1);
  });

  it('is explained by a legend that names nothing but what some slice is marked as', () => {
    expect(marksOf(['unseen', 'unseen'], [[], []])).toEqual([]);
    expect(marksOf(['rejected', 'unseen', 'accepted'], [[], [], []])).toEqual([
      'accepted',
      'rejected',
    ]);
    // As it is drawn: a corrected slice with a label that nobody has looked at is marked as unseen.
    expect(marksOf(['corrected', 'started'], [['a'], []])).toEqual(['accepted-unseen', 'started']);
  });
});
