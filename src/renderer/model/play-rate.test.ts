import { expect, it } from 'vitest';
import { playRate } from './play-rate.ts';

it('of a clip is that at which it was recorded', () => {
  expect(playRate([0, 40, 80, 120])).toBe(25);
  expect(playRate([0, 10, 100])).toBe(20);
});

it('is the usual one where there are no times, or they do not advance', () => {
  const usual = playRate(null);
  expect(usual).toBeGreaterThan(0);
  for (const times of [[], [0], [5, 5, 5]]) expect(playRate(times)).toBe(usual);
});
