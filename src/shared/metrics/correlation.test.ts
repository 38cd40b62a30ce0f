import { describe, expect, it } from 'vitest';
import { pearson, spearman } from './index.ts';

describe('correlation', () => {
  it('is what scipy 1.10 gives', () => {
    // scipy.stats.pearsonr and spearmanr
    const a = [2.1, 2.5, 3.6, 4, 5.2, 2.5];
    const b = [8, 10, 12, 14, 11, 8];
    expect(pearson(a, b)).toBeCloseTo(0.6711023252510319, 12);
    expect(spearman(a, b)).toBeCloseTo(0.7794117647058825, 12);
  });

  it('is that of the order alone, by ranks', () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3, 4], [8, 6, 4, 2])).toBeCloseTo(-1, 12);
  });

  it('is undefined where nothing varies', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2, 3], [0, 0, 0])).toBeNull();
    expect(pearson(Array(1000).fill(0.1), [...Array(1000).keys()])).toBeNull();
    expect(pearson([], [])).toBeNull();
    expect(() => pearson([1], [1, 2])).toThrow(RangeError);
  });
});
