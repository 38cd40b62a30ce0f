import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropy } from '../uncertainty.ts';
import { createShapePrior, fitTrust, REACH, TRUST_DEFAULTS, withShape } from './index.ts';

const plane = { columns: 40, rows: 40, spacing: [1, 1] } as const;
const disc = (radius: number, x = 19.5, y = 19.5): Uint8Array =>
  Uint8Array.from({ length: 1600 }, (_, i) =>
    Math.hypot((i % 40) - x, Math.floor(i / 40) - y) <= radius ? 1 : 0,
  );
const area = (distance: Float32Array): number => distance.filter((d) => d > 0).length;
const mapsOf = (probability: Float32Array) => {
  const total = probability.map(entropy);
  const epistemic = total.map((h) => h / 4);
  return { probability, total, epistemic, aleatoric: total.map((h, i) => h - epistemic[i]!) };
};

describe('the shape between annotated slices', () => {
  it('is the annotated one where it lies, and grows evenly in between', () => {
    const prior = createShapePrior(
      [{ position: 8, mask: disc(12) }, { position: 0, mask: disc(4) }],
      plane,
    ); // prettier-ignore
    expect(Uint8Array.from(prior(0)!.distance, (d) => (d > 0 ? 1 : 0))).toEqual(disc(4));
    const middle = prior(4)!;
    expect(middle.gap).toBe(4);
    expect(Math.sqrt(area(middle.distance) / Math.PI)).toBeCloseTo(8, 0);
    expect(prior(6)!.gap).toBe(2);
  });

  it('shrinks to nothing towards an empty slice, and keeps its shape beyond the last', () => {
    const annotated = [{ position: 0, mask: disc(6) }, { position: 10, mask: new Uint8Array(1600) }]; // prettier-ignore
    const prior = createShapePrior(annotated, plane);
    const areas = [0, 2, 4, 6, 8, 10].map((z) => area(prior(z)!.distance));
    expect([...areas].sort((a, b) => b - a)).toEqual(areas);
    expect(areas.at(-1)).toBe(0);
    expect(prior(-5)!.gap).toBe(5);
    expect(area(prior(-5)!.distance)).toBe(areas[0]);
  });

  it('leaves a slice out where it is asked to, and says nothing without any', () => {
    const prior = createShapePrior([{ position: 3, mask: disc(5) }], plane);
    expect(prior(3, 3)).toBe(null);
    expect(prior(3)!.gap).toBe(0);
  });

  it('stays within its reach, with the sign of the mask', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30, noNaN: true }), (radius) => {
        const mask = disc(radius);
        const { distance } = createShapePrior([{ position: 0, mask }], plane)(0)!;
        expect(distance.every((d) => Math.abs(d) <= REACH)).toBe(true);
        expect(distance.every((d, i) => d > 0 === (mask[i] === 1))).toBe(true);
      }),
    );
  });
});

describe('model and shape together', () => {
  const prior = createShapePrior([{ position: 0, mask: disc(8) }], plane);
  const undecided = mapsOf(new Float32Array(1600).fill(0.5));

  it('take the shape where the model is undecided, the less the farther it is', () => {
    const near = withShape(undecided, prior(1)!, TRUST_DEFAULTS);
    const far = withShape(undecided, prior(9)!, TRUST_DEFAULTS);
    const shape = disc(8);
    expect(near.probability.every((p, i) => p > 0.5 === (shape[i] === 1))).toBe(true);
    const mean = (map: Float32Array): number => map.reduce((s, v) => s + v, 0) / 1600;
    expect(mean(far.total)).toBeGreaterThan(mean(near.total) * 1.5);
    const parted = near.total.map((h, i) => h - near.aleatoric[i]! - near.epistemic[i]!);
    expect(Math.max(...parted.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('take the model where it is sure and the shape is far', () => {
    const sure = mapsOf(Float32Array.from(disc(14), (v) => (v ? 0.999 : 0.001)));
    const both = withShape(sure, prior(10)!, TRUST_DEFAULTS);
    const large = disc(14);
    expect(both.probability.every((p, i) => p > 0.5 === (large[i] === 1))).toBe(true);
  });

  it('learn from decided slices whom to trust', () => {
    const truth = disc(12);
    const right = Float32Array.from(truth, (v) => (v ? 0.9 : 0.1));
    const wrong = Float32Array.from(disc(12, 8, 8), (v) => (v ? 0.9 : 0.1));
    const good = fitTrust([{ probability: right, prior: prior(3)!, truth }]);
    expect(good.model).toBeGreaterThan(TRUST_DEFAULTS.model);
    const shaped = createShapePrior([{ position: 0, mask: truth }], plane);
    const bad = fitTrust(Array(4).fill({ probability: wrong, prior: shaped(3)!, truth }));
    expect(bad.model).toBeLessThan(TRUST_DEFAULTS.model / 2);
    expect(bad.shape).toBeGreaterThan(TRUST_DEFAULTS.shape);
    expect(fitTrust([])).toEqual(TRUST_DEFAULTS);
  });
});
