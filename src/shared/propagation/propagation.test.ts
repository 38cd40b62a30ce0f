import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropy } from '../uncertainty.ts';
import { createAppearance } from './appearance.ts';
import { createJoin, createNeighbours, fitTrust, TRUST_DEFAULTS, withNeighbours } from './index.ts';
import { createShapePrior, REACH } from './shape-prior.ts';

const plane = { columns: 40, rows: 40, spacing: [1, 1] } as const;
const disc = (radius: number, x = 19.5, y = 19.5): Uint8Array =>
  Uint8Array.from({ length: 1600 }, (_, i) =>
    Math.hypot((i % 40) - x, Math.floor(i / 40) - y) <= radius ? 1 : 0,
  );
const maskOf = (distance: Float32Array): Uint8Array =>
  Uint8Array.from(distance, (d) => (d > 0 ? 1 : 0));
const area = (distance: Float32Array): number => distance.filter((d) => d > 0).length;
const mapsOf = (probability: Float32Array) => {
  const total = probability.map(entropy);
  const epistemic = total.map((h) => h / 4);
  return { probability, total, epistemic, aleatoric: total.map((h, i) => h - epistemic[i]!) };
};

describe('the shape between annotated slices', () => {
  it('is the annotated one where it lies, and grows evenly in between', () => {
    const prior = createShapePrior(
      [
        { position: 8, mask: disc(12) },
        { position: 0, mask: disc(4) },
      ],
      plane,
    );
    expect(maskOf(prior(0)!.distance)).toEqual(disc(4));
    const middle = prior(4)!;
    expect(middle.gap).toBe(4);
    expect(Math.sqrt(area(middle.distance) / Math.PI)).toBeCloseTo(8, 0);
    expect(prior(6)!.gap).toBe(2);
  });

  it('moves with a structure that runs aslant, also where its sections do not meet', () => {
    const annotated = [
      { position: 0, mask: disc(4, 8, 30) },
      { position: 10, mask: disc(4, 28, 10) },
    ];
    const prior = createShapePrior(annotated, plane);
    expect(maskOf(prior(5)!.distance)).toEqual(disc(4, 18, 20));
  });

  it('ends on the way to an empty slice, and a way beyond the last', () => {
    const annotated = [
      { position: 0, mask: disc(6) },
      { position: 10, mask: new Uint8Array(1600) },
    ];
    const prior = createShapePrior(annotated, plane);
    const areas = [0, 2, 4, 6, 8, 10].map((z) => area(prior(z)!.distance));
    expect([...areas].sort((a, b) => b - a)).toEqual(areas);
    expect(areas[3]).toBeGreaterThan(0);
    expect(areas[4]).toBe(0);
    expect(prior(-2)!.gap).toBe(4);
    expect(prior(12)!.gap).toBe(2);
    expect(area(prior(-2)!.distance)).toBeLessThan(areas[0]!);
    expect(area(prior(-8)!.distance)).toBe(0);
    expect(new Set(prior(12)!.distance)).toEqual(new Set([-12]));
  });

  it('is as far away among empty slices as those that show it, which may lie far apart', () => {
    const empty = new Uint8Array(1600);
    const annotated = [20, 60, 100].map((position) => ({ position, mask: empty }));
    const prior = createShapePrior([{ position: 0, mask: disc(6) }, ...annotated], plane);
    expect(prior(30)).toEqual({ distance: new Float32Array(1600).fill(-30), gap: 10, far: 30 });
    expect(prior(60, 60)).toEqual({ distance: new Float32Array(1600).fill(-60), gap: 40, far: 60 });
    expect(prior(110)!.far).toBe(110);
    expect(createShapePrior(annotated, plane)(30)!.far).toBe(REACH);
  });

  it('leaves a slice out where it is asked to, and says nothing without any', () => {
    const prior = createShapePrior([{ position: 3, mask: disc(5) }], plane);
    expect(prior(3, 3)).toBe(null);
    expect(prior(3)!.gap).toBe(0);
  });

  it('has the sign of the mask, and is finite between any two', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30, noNaN: true }), (radius) => {
        const mask = disc(radius);
        for (const other of [new Uint8Array(1600), new Uint8Array(1600).fill(1)]) {
          const prior = createShapePrior(
            [
              { position: 0, mask },
              { position: 4, mask: other },
            ],
            plane,
          );
          if (mask.includes(1)) expect(maskOf(prior(0)!.distance)).toEqual(mask);
          expect(prior(2)!.distance.every(Number.isFinite)).toBe(true);
        }
      }),
    );
  });
});

describe('grey values of a structure', () => {
  const mask = disc(8);
  const { distance } = createShapePrior([{ position: 0, mask }], plane)(0)!;
  const values = Float32Array.from(mask, (v, i) => (v ? 300 : 100) + ((i * 37) % 41));

  it('speak for it where they are as inside, and against it where they are as around it', () => {
    const appearance = createAppearance([{ position: 0, values, mask, distance }], plane);
    const elsewhere = disc(5, 12, 25);
    const odds = appearance(Float32Array.from(elsewhere, (v) => (v ? 320 : 120)));
    const inner = disc(3, 12, 25);
    expect(odds.filter((_, i) => inner[i] === 1).every((v) => v > 1)).toBe(true);
    expect(odds.filter((_, i) => distance[i]! < -REACH).every((v) => v < -1)).toBe(true);
  });

  it('say nothing where none were seen', () => {
    const empty = {
      position: 0,
      values,
      mask: new Uint8Array(1600),
      distance: distance.map(() => -REACH),
    };
    expect(new Set(createAppearance([empty], plane)(values))).toEqual(new Set([0]));
    const appearance = createAppearance([{ position: 0, values, mask, distance }], plane);
    expect(new Set(appearance(values, 0))).toEqual(new Set([0]));
  });
});

describe('model and neighbours together', () => {
  const flat = new Float32Array(1600);
  const evidenceOf = (radius: number, gap: number) => {
    const mask = disc(radius);
    const { distance } = createShapePrior([{ position: 0, mask }], plane)(0)!;
    return { distance, grey: flat, gap, far: REACH };
  };
  const undecided = mapsOf(new Float32Array(1600).fill(0.5));

  it('take the shape where the model is undecided, the less the farther it is', () => {
    const near = withNeighbours(undecided, evidenceOf(8, 1), TRUST_DEFAULTS);
    const far = withNeighbours(undecided, evidenceOf(8, 9), TRUST_DEFAULTS);
    const shape = disc(8);
    expect(near.probability.every((p, i) => p > 0.5 === (shape[i] === 1))).toBe(true);
    const mean = (map: Float32Array): number => map.reduce((s, v) => s + v, 0) / 1600;
    expect(mean(far.total)).toBeGreaterThan(mean(near.total) * 1.5);
    const parted = near.total.map((h, i) => h - near.aleatoric[i]! - near.epistemic[i]!);
    expect(Math.max(...parted.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('take the model where it is sure and the shape is far', () => {
    const sure = mapsOf(Float32Array.from(disc(14), (v) => (v ? 0.999 : 0.001)));
    const both = withNeighbours(sure, evidenceOf(8, 12), TRUST_DEFAULTS);
    const large = disc(14);
    expect(both.probability.every((p, i) => p > 0.5 === (large[i] === 1))).toBe(true);
  });

  it('take the grey values where neither is sure', () => {
    const evidence = {
      ...evidenceOf(8, 5),
      grey: Float32Array.from(disc(10), (v) => (v ? 3 : -3)),
    };
    const { probability } = withNeighbours(undecided, evidence, TRUST_DEFAULTS);
    expect(maskOf(probability.map((p) => p - 0.5))).toEqual(disc(10));
  });

  it('learn from decided slices whom to trust', () => {
    const truth = disc(12);
    const right = Float32Array.from(truth, (v) => (v ? 0.9 : 0.1));
    const wrong = Float32Array.from(disc(12, 8, 8), (v) => (v ? 0.9 : 0.1));
    const good = fitTrust([{ probability: right, evidence: evidenceOf(8, 3), truth }]);
    expect(good.model).toBeGreaterThan(TRUST_DEFAULTS.model);
    const bad = fitTrust(Array(4).fill({ probability: wrong, evidence: evidenceOf(12, 3), truth }));
    expect(bad.model).toBeLessThan(TRUST_DEFAULTS.model / 2);
    expect(bad.shape).toBeGreaterThan(TRUST_DEFAULTS.shape);
    const alone = fitTrust([{ probability: right, evidence: null, truth }]);
    expect(alone).toEqual({ ...TRUST_DEFAULTS, model: alone.model });
    expect(alone.model).toBeGreaterThan(TRUST_DEFAULTS.model);
    const untold = fitTrust(
      Array(4).fill({ probability: null, evidence: evidenceOf(12, 3), truth }),
    );
    expect(untold.model).toBe(TRUST_DEFAULTS.model);
    expect(untold.shape).toBeGreaterThan(TRUST_DEFAULTS.shape);
    expect(fitTrust([])).toEqual(TRUST_DEFAULTS);
  });

  it('believe grey values less that mislead far away, in slices that show the structure', () => {
    const truth = disc(6);
    const elsewhere = disc(6, 32, 32);
    const grey = Float32Array.from(truth, (v, i) => (v || elsewhere[i] ? 3 : -3));
    const probability = new Float32Array(1600);
    const told = { ...evidenceOf(6, 3), grey };
    const plain = { ...told, grey: grey.map((v, i) => (elsewhere[i] ? -3 : v)) };
    const greyOf = (evidence: typeof told, mask: Uint8Array): number =>
      fitTrust(Array(4).fill({ probability, evidence, truth: mask })).grey;
    expect(greyOf(told, truth)).toBeLessThan(greyOf(plain, truth));
    const nowhere = { ...told, distance: new Float32Array(1600).fill(-REACH) };
    expect(greyOf(nowhere, new Uint8Array(1600))).toBe(TRUST_DEFAULTS.grey);
  });

  it('leave out the slice itself where it is to be judged', () => {
    const slice = { position: 0, values: flat, mask: disc(8) };
    const neighbours = createNeighbours([slice, { ...slice, position: 6 }], plane);
    expect(neighbours(slice)!.gap).toBe(0);
    expect(neighbours(slice, true)!.gap).toBe(12);
    expect(createNeighbours([slice], plane)(slice, true)).toBe(null);
  });
});

describe('a slice joined with decided ones', () => {
  const large = { columns: 120, rows: 90, spacing: [1, 1] } as const;
  const pixels = 120 * 90;
  const blob = (radius: number, x: number, y: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length: pixels }, (_, i) =>
      Math.hypot((i % 120) - x, Math.floor(i / 120) - y) <= radius ? 1 : 0,
    );
  const values = (mask: Uint8Array): Int16Array =>
    Int16Array.from(mask, (v, i) => (v ? 300 : 100) + ((i * 37) % 41));
  const said = (mask: Uint8Array<ArrayBuffer>, aleatoric = 0.01) => ({
    probability: Float32Array.from(mask, (v) => (v ? 0.9 : 0)),
    aleatoric: new Float32Array(pixels).fill(aleatoric),
  });
  const nothing = new Uint8Array(pixels);
  const decided = (position: number, mask: Uint8Array, model = nothing) => ({
    position,
    values: values(mask),
    mask,
    probability: said(model).probability,
  });

  it('takes shape and grey values from them where the model is wrong in all', () => {
    const join = createJoin([decided(0, blob(8, 30, 40)), decided(8, blob(8, 34, 40))], large)!;
    const truth = blob(8, 32, 40);
    const stray = blob(5, 100, 60);
    const { probability, total, aleatoric, epistemic } = join(
      { position: 4, values: values(truth) },
      said(stray),
    )!;
    const mask = probability.map((p) => (p > 0.5 ? 1 : 0));
    expect(mask.reduce((n, v, i) => n + (v === truth[i] ? 0 : 1), 0)).toBeLessThan(20);
    for (let i = 0; i < pixels; i++) {
      expect(aleatoric[i]! + epistemic[i]!).toBeCloseTo(total[i]!, 6);
      // What the model does not see in the image is doubt that knowledge takes away.
      expect(aleatoric[i]).toBeLessThanOrEqual(0.0101);
      expect(epistemic[i]).toBeGreaterThanOrEqual(0);
    }
    // Far from all that is known, what the model does not see is not there.
    expect(probability[85 * 120 + 3]).toBe(0);
  });

  it('is the model alone where only empty slices are known that it called empty', () => {
    expect(createJoin([], large)).toBe(null);
    expect(createJoin([decided(0, nothing), decided(4, nothing)], large)).toBe(null);
    const alone = createJoin([decided(0, blob(8, 30, 40))], large)!;
    expect(alone({ position: 0, values: values(nothing) }, said(nothing))).toBe(null);
  });

  it('loses what the model sees beside empty slices in which it was wrong', () => {
    const wrong = blob(9, 60, 45);
    const join = createJoin([decided(0, nothing, wrong), decided(4, nothing, wrong)], large)!;
    const { probability } = join({ position: 2, values: values(nothing) }, said(wrong))!;
    expect(probability.some((p) => p > 0.5)).toBe(false);
  });
});
