import { describe, expect, it } from 'vitest';
import { percentiles, windowBetween, windowRange } from './windowing.ts';

describe('a window', () => {
  it('is black up to, and white from, the values of the standard', () => {
    // PS3.3 C.11.2.1.2.1: x ≤ c − 0.5 − (w−1)/2 is black, x > c − 0.5 + (w−1)/2 is white.
    expect(windowRange({ centre: 2048, width: 4096 })).toEqual({ low: 0, range: 4095 });
    expect(windowRange({ centre: 0, width: 100 })).toEqual({ low: -50, range: 99 });
    expect(windowRange({ centre: 0, width: 1 })).toEqual({ low: -0.5, range: 0 });
    expect(windowRange({ centre: 0.5, width: 0.5 })).toEqual({ low: 0.25, range: 0.5 });
  });

  it('between two values is black at one and white at the other', () => {
    for (const [low, high] of [
      [-160, 240],
      [0, 1],
      [0.25, 0.75],
      [3, 3],
    ] as const) {
      expect(windowRange(windowBetween(low, high))).toEqual({ low, range: high - low });
    }
  });
});

describe('percentiles', () => {
  it('are values of the data, numbers alone', () => {
    const data = Float32Array.of(NaN, 4, 0, 3, 1, Infinity, 2);
    expect(percentiles(data, [0, 50, 100])).toEqual([0, 2, 4]);
    expect(percentiles(Float32Array.of(NaN), [50])).toEqual([0]);
  });

  it('of much data are those of every n-th value', () => {
    const data = Int16Array.from({ length: 1000 }, (_, n) => (n % 10 === 0 ? n : -1));
    expect(percentiles(data, [0, 100], 100)).toEqual([0, 990]);
  });
});
