import { MAX_ENTROPY, type UncertaintyMaps } from '../uncertainty.ts';
import { requirePlane, type SlicePlane } from './slice-plane.ts';

export interface ScoreSettings {
  /** How far from the predicted outline doubt always counts: mm, or pixels where spacing is 1. */
  readonly band: number;
  /** Total entropy, in nats, from which on a pixel counts wherever it lies. */
  readonly doubtful: number;
  /** What a nat of aleatoric doubt counts, where one of epistemic doubt counts 1. */
  readonly aleatoric: number;
}

export const SCORE_DEFAULTS: ScoreSettings = {
  band: 3,
  doubtful: MAX_ENTROPY / 2,
  aleatoric: 0.25,
};

/** The doubt about one label in one slice. Masses are sums over area, in nats · mm². */
export interface SliceScore {
  /** Epistemic mass within the band around the predicted outline. */
  readonly boundary: number;
  /** Epistemic mass of all pixels that count. */
  readonly epistemic: number;
  /** Mass of total entropy of all pixels that count. */
  readonly total: number;
  /** mm² of all that is predicted or in doubt. */
  readonly area: number;
  /** nats · mm, see `scoreSlice`; scores of slices are to be compared by this. */
  readonly score: number;
}

/**
 * How much a slice's mask of one label deserves a look. A pixel counts if it lies in a band around
 * the predicted outline (where the mean probability crosses ½ between 4-neighbours) or is in doubt
 * by itself; the faint haze of a large confident background therefore adds nothing. The mass
 *
 *   epistemic + aleatoric weight · (total − epistemic)
 *
 * is divided by √(4π · area), the outline of a disc as large as all that is predicted or in doubt:
 * about the thickness of the doubt along the outline, so that organs of every size compare. A slice
 * without a prediction scores by its doubtful pixels alone, and 0 without those. Pixels whose
 * doubt is not a number count nothing. Linear in the pixels.
 * @param maps one value per pixel of the plane, of one label, entropies in nats.
 * @throws RangeError as `requirePlane`.
 */
export function scoreSlice(
  maps: Pick<UncertaintyMaps, 'probability' | 'epistemic' | 'total'>,
  plane: SlicePlane,
  settings: ScoreSettings = SCORE_DEFAULTS,
): SliceScore {
  const { probability, epistemic, total } = maps;
  const { spacing } = plane;
  requirePlane(plane, probability.length, epistemic.length, total.length);
  const inBand = bandOf(probability, plane, settings.band);
  const sums = { boundary: 0, epistemic: 0, total: 0, pixels: 0 };
  for (let i = 0; i < probability.length; i++) {
    const near = inBand[i] === 1;
    const isDoubtful = total[i]! >= settings.doubtful;
    if (probability[i]! > 0.5 || isDoubtful) sums.pixels++;
    if (!near && !isDoubtful) continue;
    // Written so that NaN adds nothing.
    const e = epistemic[i]! > 0 ? epistemic[i]! : 0;
    if (near) sums.boundary += e;
    sums.epistemic += e;
    if (total[i]! > 0) sums.total += total[i]!;
  }
  const pixel = spacing[0] * spacing[1];
  const area = sums.pixels * pixel;
  const mass = sums.epistemic + settings.aleatoric * Math.max(0, sums.total - sums.epistemic);
  return {
    boundary: sums.boundary * pixel,
    epistemic: sums.epistemic * pixel,
    total: sums.total * pixel,
    area,
    score: area === 0 ? 0 : (mass * pixel) / Math.sqrt(4 * Math.PI * area),
  };
}

/** 1 within `band` of a pixel that has a 4-neighbour across ½, measured between pixel centres. */
function bandOf(probability: Float32Array, plane: SlicePlane, band: number): Uint8Array {
  const { columns, rows, spacing } = plane;
  // Half the width of a disc in every row that it touches, in pixels. Rounding must not cost a
  // pixel where the band is a multiple of the spacing.
  const reach = Math.floor(band / spacing[1] + 1e-9);
  const halves = Array.from({ length: reach + 1 }, (_, dy) =>
    Math.floor(Math.sqrt(Math.max(0, band ** 2 - (dy * spacing[1]) ** 2)) / spacing[0] + 1e-9),
  );
  const inBand = new Uint8Array(probability.length);
  const isIn = (i: number): boolean => probability[i]! > 0.5;
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const inside = isIn(i);
      const crosses =
        (x > 0 && isIn(i - 1) !== inside) ||
        (x + 1 < columns && isIn(i + 1) !== inside) ||
        (y > 0 && isIn(i - columns) !== inside) ||
        (y + 1 < rows && isIn(i + columns) !== inside);
      if (!crosses) continue;
      for (let v = Math.max(0, y - reach); v <= Math.min(rows - 1, y + reach); v++) {
        const half = halves[Math.abs(v - y)]!;
        const from = v * columns + Math.max(0, x - half);
        inBand.fill(1, from, v * columns + Math.min(columns, x + half + 1));
      }
    }
  }
  return inBand;
}

/**
 * One score of a slice with several labels: their sum, for who corrects a slice corrects all of
 * its labels.
 */
export function combineScores(scores: readonly SliceScore[]): number {
  return scores.reduce((sum, { score }) => sum + score, 0);
}

/** Two numbers of a slice: for the queue, and for the strip chart. */
export interface SliceDoubt {
  readonly score: number;
  /** Mean total entropy, nats, of the pixels that are predicted or in doubt; 0 without any. */
  readonly doubt: number;
}

/** @throws RangeError as `requirePlane`. */
export function measureDoubt(
  maps: Pick<UncertaintyMaps, 'probability' | 'epistemic' | 'total'>,
  plane: SlicePlane,
): SliceDoubt {
  const { probability, total } = maps;
  const { score } = scoreSlice(maps, plane);
  let [sum, pixels] = [0, 0];
  for (let i = 0; i < total.length; i++) {
    if (!(probability[i]! > 0.5 || total[i]! >= MAX_ENTROPY / 2)) continue;
    sum += total[i]!;
    pixels++;
  }
  return { score, doubt: pixels === 0 ? 0 : sum / pixels };
}
