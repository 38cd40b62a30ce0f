import { expect, it } from 'vitest';
import { nextInt32 } from './random.ts';

it('draws the numbers of the published xoshiro128**', () => {
  const state = Int32Array.of(1, 2, 3, 4);
  const drawn = Array.from({ length: 10 }, () => nextInt32(state) >>> 0);
  expect(drawn).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ]);
});
