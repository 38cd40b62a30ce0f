import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createAccumulator,
  entropy,
  MAX_ENTROPY,
  resolveOverlaps,
  sigmoid,
} from './uncertainty.ts';

const plain = (p: number): number => -p * Math.log(p + 1e-8) - (1 - p) * Math.log(1 - p + 1e-8);

describe('entropy and sigmoid', () => {
  it('stay finite and on the scale 0 … ln 2 for every probability and logit', () => {
    for (const p of [0, 1e-300, 1e-9, 0.25, 0.5, 1 - 1e-16, 1]) {
      expect(entropy(p)).toBeGreaterThanOrEqual(0);
      expect(entropy(p)).toBeLessThanOrEqual(MAX_ENTROPY);
    }
    expect(entropy(0.5)).toBeCloseTo(Math.LN2, 7);
    expect([-Infinity, -1000, 0, 1000, Infinity].map(sigmoid)).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe('the accumulator', () => {
  const logit = fc.float({ min: -60, max: 60, noNaN: true });
  const samples = fc.array(fc.array(logit, { minLength: 7, maxLength: 7 }), {
    minLength: 1,
    maxLength: 12,
  });

  it('agrees with the definitions computed at once', () => {
    fc.assert(
      fc.property(samples, (rows) => {
        const accumulator = createAccumulator(7);
        for (const row of rows) accumulator.add(Float32Array.from(row));
        const maps = accumulator.maps();
        for (let i = 0; i < 7; i++) {
          const p = rows.map((row) => 1 / (1 + Math.exp(-row[i]!)));
          const mean = p.reduce((a, b) => a + b) / p.length;
          const aleatoric = p.map(plain).reduce((a, b) => a + b) / p.length;
          expect(maps.probability[i]).toBeCloseTo(mean, 6);
          expect(maps.total[i]).toBeCloseTo(plain(mean), 6);
          expect(maps.aleatoric[i]).toBeCloseTo(aleatoric, 6);
          expect(maps.epistemic[i]).toBeCloseTo(plain(mean) - aleatoric, 6);
          expect(maps.epistemic[i]).toBeGreaterThanOrEqual(0);
        }
        expect(accumulator.samples).toBe(rows.length);
      }),
    );
  });

  it('survives infinite logits', () => {
    const accumulator = createAccumulator(2);
    accumulator.add(Float32Array.of(Infinity, -Infinity));
    accumulator.add(Float32Array.of(Infinity, Infinity));
    const { probability, aleatoric, epistemic } = accumulator.maps();
    expect([...probability]).toEqual([1, 0.5]);
    expect([...aleatoric]).toEqual([0, 0]);
    expect(epistemic[1]).toBeCloseTo(Math.LN2, 6);
  });

  it('knows the standard error of p̄ over the pixels in doubt, and of no other', () => {
    const accumulator = createAccumulator(3);
    expect(accumulator.standardError()).toBe(Infinity);
    const logits = [-2, 0.5, 1, 3];
    for (const z of logits) accumulator.add(Float32Array.of(z, -30, 30));
    const p = logits.map(sigmoid);
    const mean = p.reduce((a, b) => a + b) / 4;
    const variance = p.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 3;
    expect(accumulator.standardError()).toBeCloseTo(Math.sqrt(variance / 4), 12);
    const sure = createAccumulator(1);
    sure.add(Float32Array.of(-30));
    sure.add(Float32Array.of(-20));
    expect(sure.standardError()).toBe(0);
  });

  it('refuses a sample of another size', () => {
    expect(() => createAccumulator(3).add(new Float32Array(4))).toThrow(RangeError);
  });
});

describe('overlapping labels', () => {
  it('go to the highest probability above one half, the first of equals', () => {
    const labels = resolveOverlaps([
      Float32Array.of(0.4, 0.9, 0.6, 0.7, 0.5),
      Float32Array.of(0.3, 0.8, 0.7, 0.7, 0.2),
    ]);
    expect([...labels]).toEqual([0, 1, 2, 1, 0]);
  });
});
