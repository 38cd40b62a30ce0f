import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniform } from '../random-draws.ts';
import { keyedState } from '../random.ts';
import { entropy, sigmoid } from '../uncertainty.ts';
import {
  applyTemperature,
  calibrateMaps,
  expectedCalibrationError,
  FEW_SLICES,
  fitTemperature,
  pooledReliability,
  reliability,
  TEMPERATURES,
} from './index.ts';

/** Pixels whose truth is drawn with σ(z), and whose model says temperature · z instead. */
function drawn(temperature: number, pixels: number, seed = 0) {
  const state = keyedState('calibration', seed);
  const logits = new Float32Array(pixels);
  const truth = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const z = uniform(state, -6, 4);
    truth[i] = uniform(state) < sigmoid(z) ? 1 : 0;
    logits[i] = z * temperature;
  }
  return { logits, truth };
}

const pixel = fc.record({
  p: fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }).map(Math.fround),
    fc.constantFrom(0, 0.5, 1),
  ),
  y: fc.integer({ min: 0, max: 1 }),
});
const slices = fc.array(fc.array(pixel, { maxLength: 30 }), { maxLength: 4 }).map((list) =>
  list.map((pixels) => ({
    probability: Float32Array.from(pixels, ({ p }) => p),
    truth: pixels.map(({ y }) => y),
  })),
);

describe('fitting a temperature', () => {
  it.each([0.5, 1, 2.5, 4])('finds that a model is too sure by %f', (temperature) => {
    const { logits, truth } = drawn(temperature, 40_000);
    const fit = fitTemperature([{ logits, truth }]);
    expect(fit.outcome).toBe('fitted');
    expect(fit.temperature / temperature).toBeGreaterThan(0.95);
    expect(fit.temperature / temperature).toBeLessThan(1.05);
    // The same of probabilities, in parts.
    const probability = logits.map(sigmoid);
    const parts = [probability.subarray(0, 999), probability.subarray(999)];
    const again = fitTemperature([
      { probability: parts[0]!, truth: truth.subarray(0, 999) },
      { probability: parts[1]!, truth: truth.subarray(999) },
    ]);
    expect(again.temperature).toBeCloseTo(fit.temperature, 2);
  });

  it('stays near 1 with few slices, and less so with more', () => {
    const { logits, truth } = drawn(4, 4000);
    const slice = { logits, truth };
    const fits = [1, 4, 16, 64].map(
      (count) => fitTemperature(Array(count).fill(slice), FEW_SLICES).temperature,
    );
    const alone = fitTemperature([slice]).temperature;
    expect(fits[0]).toBeGreaterThan(1.1);
    expect([...fits, alone]).toEqual([...fits, alone].sort((a, b) => a - b));
    expect(fits[0]).toBeLessThan(0.9 * alone);
    expect(fits[3]).toBeGreaterThan(0.95 * alone);
  });

  it('with a prior lies between 1 and the temperature without', () => {
    fc.assert(
      fc.property(slices, fc.double({ min: 0.1, max: 2, noNaN: true }), (predictions, spread) => {
        const without = Math.log(fitTemperature(predictions).temperature);
        const held = Math.log(fitTemperature(predictions, { spread, worth: 40 }).temperature);
        expect(Math.abs(held)).toBeLessThanOrEqual(Math.abs(without) + 1e-5);
        expect(held * without).toBeGreaterThanOrEqual(-1e-5);
      }),
    );
  });

  it('finds the least loss of all temperatures, and never a larger one than before', () => {
    fc.assert(
      fc.property(slices, (predictions) => {
        const fit = fitTemperature(predictions);
        const loss = (temperature: number): number => {
          let [sum, n] = [0, 0];
          for (const { probability, truth } of predictions) {
            probability.forEach((p, i) => {
              const held = Math.min(1 - 1e-7, Math.max(1e-7, p));
              const q = sigmoid(Math.log(held / (1 - held)) / temperature);
              sum -= truth[i] ? Math.log(q) : Math.log1p(-q);
              n++;
            });
          }
          return n === 0 ? 0 : sum / n;
        };
        expect(fit.before).toBeCloseTo(loss(1), 5);
        expect(fit.after).toBeCloseTo(loss(fit.temperature), 5);
        expect(fit.after).toBeLessThanOrEqual(fit.before + 1e-9);
        if (fit.outcome === 'undetermined') {
          expect(fit.temperature).toBe(1);
          return;
        }
        const { lowest, highest } = TEMPERATURES;
        for (let n = 0; n <= 40; n++) {
          const other = lowest * (highest / lowest) ** (n / 40);
          expect(fit.after).toBeLessThanOrEqual(loss(other) + 1e-6);
        }
      }),
    );
  });

  it('is undetermined without pixels, without both answers, and without a mistake', () => {
    const undetermined = { temperature: 1, outcome: 'undetermined' };
    expect(fitTemperature([])).toEqual({ ...undetermined, pixels: 0, before: 0, after: 0 });
    const probability = Float32Array.of(0, 0.2, 0.9, 1);
    for (const truth of [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [0, 0, 1, 1],
    ]) {
      const fit = fitTemperature([{ probability, truth }]);
      expect(fit).toMatchObject({ ...undetermined, pixels: 4 });
      expect(Number.isFinite(fit.before)).toBe(true);
      expect(fit.after).toBe(fit.before);
    }
  });

  it('stays within limits where the model is wrong throughout, or nearly never', () => {
    const probability = Float32Array.of(0.1, 0.2, 0.9, 0.8);
    expect(fitTemperature([{ probability, truth: [1, 1, 0, 0] }])).toMatchObject({
      temperature: TEMPERATURES.highest,
      outcome: 'at-limit',
    });
    const nearly = fitTemperature([
      { logits: [0.3, 0.4, -0.3, -0.4, 1e-4], truth: [1, 1, 0, 0, 0] },
    ]);
    expect(nearly.outcome).toBe('at-limit');
    expect(nearly.temperature).toBeCloseTo(TEMPERATURES.lowest, 9);
  });

  it('takes probabilities of 0 and 1 and infinite logits that are wrong', () => {
    const fits = [
      fitTemperature([{ probability: [0, 1, 0, 1], truth: [0, 1, 0, 0] }]),
      fitTemperature([{ logits: [-Infinity, Infinity, -99, 99], truth: [0, 1, 0, 0] }]),
    ];
    for (const fit of fits) {
      // One of four is wrong at ±16.1: the best certainty is 3 : 1.
      expect(fit.temperature).toBeCloseTo(TEMPERATURES.highest, 9);
      expect(Number.isFinite(fit.before) && Number.isFinite(fit.after)).toBe(true);
    }
  });

  it('refuses predictions that are not numbers or do not match their truth', () => {
    expect(() => fitTemperature([{ probability: [NaN], truth: [1] }])).toThrow(RangeError);
    expect(() => fitTemperature([{ logits: [1, 2], truth: [1] }])).toThrow(RangeError);
  });
});

describe('applying a temperature', () => {
  const temperature = fc.double({ min: 0.1, max: 10, noNaN: true });
  const values = fc.array(
    fc.oneof(
      fc.float({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 1, 0.5, 0.5 + 2 ** -24, 0.5 - 2 ** -25),
    ),
  );

  it('keeps the mask and the order', () => {
    fc.assert(
      fc.property(values, temperature, (list, t) => {
        const before = Float32Array.from(list).sort();
        const after = applyTemperature(before, t);
        after.forEach((p, i) => {
          expect(p > 0.5).toBe(before[i]! > 0.5);
          expect(p).toBeGreaterThanOrEqual(i === 0 ? 0 : after[i - 1]!);
          expect(p).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('at 1 changes nothing, and is undone by its inverse', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 2, noNaN: true }), (list, t) => {
        const before = Float32Array.from(list);
        const same = applyTemperature(before, 1);
        const back = applyTemperature(applyTemperature(before, t), 1 / t);
        before.forEach((p, i) => {
          expect(same[i]).toBeCloseTo(p, 6);
          expect(Math.abs(back[i]! - p)).toBeLessThan(1e-3);
        });
      }),
    );
    for (const bad of [0, -1, NaN, Infinity]) {
      expect(() => applyTemperature(new Float32Array(1), bad)).toThrow(RangeError);
    }
  });

  it('keeps the parts of the doubt in their proportion, and their sum the total', () => {
    const probability = Float32Array.of(0, 0.1, 0.4, 0.9, 1);
    const total = probability.map(entropy);
    const maps = {
      probability,
      total,
      epistemic: total.map((h) => h / 4),
      aleatoric: total.map((h) => (h * 3) / 4),
    };
    const calibrated = calibrateMaps(maps, 2);
    calibrated.total.forEach((h, i) => {
      expect(h).toBeCloseTo(entropy(calibrated.probability[i]!), 6);
      expect(calibrated.epistemic[i]! + calibrated.aleatoric[i]!).toBeCloseTo(h, 6);
    });
    for (const i of [1, 2, 3]) {
      expect(calibrated.total[i]).toBeGreaterThan(total[i]!);
      expect(calibrated.epistemic[i]! / calibrated.total[i]!).toBeCloseTo(1 / 4, 5);
    }
  });
});

describe('the reliability curve', () => {
  it('counts, per bin, what was said and what was true', () => {
    const curve = reliability(
      [
        { probability: [0, 0.05, 0.1], truth: [0, 1, 0] },
        { probability: [0.95, 1, 0.55], truth: [1, 1, 0] },
      ],
      10,
    );
    const expected = [
      [0, 2, 0.025, 0.5],
      [0.1, 1, 0.1, 0],
      [0.5, 1, 0.55, 0],
      [0.9, 2, 0.975, 1],
    ];
    expect(curve.map((b) => b.from)).toEqual(expected.map(([from]) => from));
    curve.forEach((bin, n) => {
      expect(bin.count).toBe(expected[n]![1]);
      expect(bin.confidence).toBeCloseTo(expected[n]![2]!, 9);
      expect(bin.frequency).toBe(expected[n]![3]);
      expect(bin.to).toBeCloseTo(bin.from + 0.1, 9);
    });
    const error = (2 * 0.475 + 0.1 + 0.55 + 2 * 0.025) / 6;
    expect(expectedCalibrationError(curve)).toBeCloseTo(error, 9);
  });

  it('has all pixels in bins that hold their probabilities, in order', () => {
    fc.assert(
      fc.property(slices, fc.integer({ min: 1, max: 20 }), (predictions, bins) => {
        const curve = reliability(predictions, bins);
        const pixels = predictions.reduce((sum, { truth }) => sum + truth.length, 0);
        expect(curve.reduce((sum, { count }) => sum + count, 0)).toBe(pixels);
        for (const [n, bin] of curve.entries()) {
          expect(bin.count).toBeGreaterThan(0);
          expect(bin.confidence).toBeGreaterThanOrEqual(bin.from - 1e-9);
          expect(bin.confidence).toBeLessThanOrEqual(bin.to + 1e-9);
          if (n > 0) expect(bin.from).toBeGreaterThanOrEqual(curve[n - 1]!.to);
        }
        const error = expectedCalibrationError(curve);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of several curves together is that of all their pixels', () => {
    fc.assert(
      fc.property(slices, (predictions) => {
        const parts = predictions.map((prediction) => reliability([prediction]));
        const [pooled, whole] = [pooledReliability(parts), reliability(predictions)];
        expect(pooled.map(({ from, to, count }) => [from, to, count])).toEqual(
          whole.map(({ from, to, count }) => [from, to, count]),
        );
        pooled.forEach(({ confidence, frequency }, n) => {
          expect(confidence).toBeCloseTo(whole[n]!.confidence, 9);
          expect(frequency).toBeCloseTo(whole[n]!.frequency, 9);
        });
      }),
    );
  });

  it('has an error near 0 for a calibrated model, which a fit brings back', () => {
    const { logits, truth } = drawn(3, 40_000, 1);
    const probability = logits.map(sigmoid);
    const error = (p: Float32Array): number =>
      expectedCalibrationError(reliability([{ probability: p, truth }]));
    const { temperature } = fitTemperature([{ logits, truth }]);
    expect(error(probability)).toBeGreaterThan(0.04);
    expect(error(applyTemperature(probability, temperature))).toBeLessThan(0.01);
  });

  it('is empty without pixels, with an error of 0, and refuses what is no probability', () => {
    expect(reliability([])).toEqual([]);
    expect(expectedCalibrationError([])).toBe(0);
    for (const p of [NaN, -0.1, 1.1]) {
      expect(() => reliability([{ probability: [p], truth: [1] }])).toThrow(RangeError);
    }
    expect(() => reliability([], 0)).toThrow(RangeError);
  });
});
