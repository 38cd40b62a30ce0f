import { describe, expect, it } from 'vitest';
import { outwards, reachOutwards } from './outwards.ts';

describe('outwards', () => {
  it('begins in the middle and goes below first', () => {
    expect(outwards(0)).toEqual([]);
    expect(outwards(1)).toEqual([0]);
    expect(outwards(4)).toEqual([2, 1, 3, 0]);
    expect(outwards(5)).toEqual([2, 1, 3, 0, 4]);
  });

  it('has every index once, and only neighbours among the first of them', () => {
    for (let n = 1; n < 40; n++) {
      const order = outwards(n);
      for (let count = 1; count <= n; count++) {
        const there = order.slice(0, count).sort((a, b) => a - b);
        const [first, last] = reachOutwards(n, count);
        expect(there).toEqual(Array.from({ length: count }, (_, i) => first + i));
        expect(there.at(-1)).toBe(last);
      }
    }
  });
});
