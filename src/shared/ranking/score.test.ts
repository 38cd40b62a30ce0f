import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropy, sigmoid } from '../uncertainty.ts';
import { combineScores, SCORE_DEFAULTS, scoreSlice } from './index.ts';

const side = 96;
const plane = { columns: side, rows: side, spacing: [1, 1] } as const;

/** Maps of a disc whose logit falls off over `softness` pixels; a share of the doubt is epistemic. */
function disc(radius: number, { softness = 1, share = 0.3, top = 8, haze = 0 } = {}) {
  const probability = Float32Array.from({ length: side * side }, (_, i) => {
    const r = Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2);
    return Math.max(haze, sigmoid(Math.min(top, (radius - r) / softness)));
  });
  const total = probability.map(entropy);
  return { probability, total, epistemic: total.map((h) => h * share) };
}
const scoreOf = (maps: ReturnType<typeof disc>): number => scoreSlice(maps, plane).score;

describe('the score of a slice', () => {
  it('is the same for large and small organs of the same doubt', () => {
    const [small, large] = [scoreOf(disc(8)), scoreOf(disc(32))];
    expect(small / large).toBeGreaterThan(0.8);
    expect(small / large).toBeLessThan(1.25);
    expect(scoreSlice(disc(32), plane).boundary).toBeGreaterThan(
      3 * scoreSlice(disc(8), plane).boundary,
    );
  });

  it('grows with the width of the doubt, and with the part that is epistemic', () => {
    expect(scoreOf(disc(20, { softness: 3 }))).toBeGreaterThan(1.5 * scoreOf(disc(20)));
    expect(scoreOf(disc(20, { share: 0.6 }))).toBeGreaterThan(1.3 * scoreOf(disc(20)));
    // One pass without samples has no epistemic part, but still an order.
    expect(scoreOf(disc(20, { softness: 3, share: 0 }))).toBeGreaterThan(
      scoreOf(disc(20, { share: 0 })),
    );
  });

  it('sees slices in doubt where nothing is predicted, and none in an empty one', () => {
    const missed = disc(10, { top: -0.4 });
    expect(missed.probability.every((p) => p < 0.5)).toBe(true);
    expect(scoreSlice(missed, plane).boundary).toBe(0);
    expect(scoreOf(missed)).toBeGreaterThan(scoreOf(disc(10)));
    const nothing = new Float32Array(side * side);
    expect(scoreSlice({ probability: nothing, epistemic: nothing, total: nothing }, plane)).toEqual(
      { boundary: 0, epistemic: 0, total: 0, area: 0, score: 0 },
    );
  });

  it('does not add up the haze of a large background', () => {
    expect(scoreOf(disc(-20, { haze: 0.01 }))).toBe(0);
    expect(scoreOf(disc(20, { haze: 0.01 }))).toBeLessThan(1.1 * scoreOf(disc(20)));
  });

  it('measures in mm: finer pixels of the same organ give about the same', () => {
    const fine = scoreSlice(disc(32, { softness: 4 }), { ...plane, spacing: [0.5, 0.5] });
    const coarse = scoreSlice(disc(16, { softness: 2 }), plane);
    expect(fine.score / coarse.score).toBeCloseTo(1, 1);
    expect(fine.area / coarse.area).toBeCloseTo(1, 1);
  });

  const values = fc.array(fc.constantFrom(0, 0.1, 0.45, 0.5, 0.55, 0.95, 1, NaN), {
    minLength: 42,
    maxLength: 42,
  });
  const small = fc.record({
    probability: values,
    epistemic: values,
    total: values,
    spacing: fc.tuple(fc.constantFrom(0.5, 1, 2.5), fc.constantFrom(0.5, 1, 2.5)),
    band: fc.constantFrom(0, 0.5, 1, 1.5, 3, 100),
  });

  it('is what its definition says, pixel by pixel', () => {
    fc.assert(
      fc.property(small, ({ spacing, band, ...maps }) => {
        const [columns, rows] = [7, 6];
        const at = (i: number): [number, number] => [i % columns, Math.floor(i / columns)];
        const p = maps.probability;
        const crossing = p.flatMap((v, i) => {
          const crosses = p.some((w, j) => {
            const [[a, b], [c, d]] = [at(i), at(j)];
            return Math.abs(a - c) + Math.abs(b - d) === 1 && v > 0.5 !== w > 0.5;
          });
          return crosses ? [i] : [];
        });
        const settings = { ...SCORE_DEFAULTS, band };
        const near = p.map((_, i) =>
          crossing.some((j) => {
            const [[a, b], [c, d]] = [at(i), at(j)];
            return Math.hypot((a - c) * spacing[0], (b - d) * spacing[1]) <= band;
          }),
        );
        const sum = (list: number[], counts: (i: number) => boolean): number =>
          list.reduce((s, v, i) => (counts(i) && v > 0 ? s + Math.fround(v) : s), 0);
        const isDoubtful = (i: number): boolean => maps.total[i]! >= settings.doubtful;
        const counts = (i: number): boolean => near[i]! || isDoubtful(i);
        const pixel = spacing[0] * spacing[1];
        const float = (list: number[]): Float32Array => Float32Array.from(list);
        const score = scoreSlice(
          {
            probability: float(p),
            epistemic: float(maps.epistemic),
            total: float(maps.total),
          },
          { columns, rows, spacing },
          settings,
        );
        const area = pixel * p.filter((v, i) => v > 0.5 || isDoubtful(i)).length;
        expect(score.boundary).toBeCloseTo(pixel * sum(maps.epistemic, (i) => near[i]!), 9);
        expect(score.epistemic).toBeCloseTo(pixel * sum(maps.epistemic, counts), 9);
        expect(score.total).toBeCloseTo(pixel * sum(maps.total, counts), 9);
        expect(score.area).toBeCloseTo(area, 9);
        const rest = Math.max(0, score.total - score.epistemic);
        const mass = score.epistemic + settings.aleatoric * rest;
        expect(score.score).toBeCloseTo(area > 0 ? mass / Math.sqrt(4 * Math.PI * area) : 0, 9);
      }),
    );
  });

  it('of several labels is their sum', () => {
    const scores = [8, 20].map((radius) => scoreSlice(disc(radius), plane));
    expect(combineScores(scores)).toBe(scores[0]!.score + scores[1]!.score);
    expect(combineScores([])).toBe(0);
  });

  it('refuses maps that do not fill the slice', () => {
    const maps = { ...disc(3), total: new Float32Array(5) };
    expect(() => scoreSlice(maps, plane)).toThrow(RangeError);
  });
});
