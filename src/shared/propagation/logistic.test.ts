import { describe, expect, it } from 'vitest';
import { sigmoid } from '../uncertainty.ts';
import { fitLogistic } from './logistic.ts';

const rowsOf = (x: readonly number[], y: readonly number[], weight: number) => ({
  x,
  y,
  weight: y.map(() => weight),
  offset: y.map(() => 0),
});

describe('logistic regression near a start', () => {
  it('finds the minimum also from where plain Newton steps swing to and fro', () => {
    const [w] = fitLogistic(rowsOf([1], [0], 40), [10], [100]);
    expect(40 * sigmoid(w!) + (w! - 10) / 100 ** 2).toBeCloseTo(0, 6);
  });

  it('moves no farther than rows can tell', () => {
    const rows = rowsOf([1, 1, 1, 1], [1, 1, 1, 0], 1);
    expect(fitLogistic(rows, [0], [1e3])[0]).toBeCloseTo(Math.log(3), 4);
    expect(fitLogistic(rows, [0], [0.01])[0]).toBeCloseTo(0, 3);
    expect(fitLogistic(rowsOf([], [], 1), [0.7, 2], [1, 1])).toEqual([0.7, 2]);
  });
});
