import { entropy, sigmoid, type UncertaintyMaps } from '../uncertainty.ts';
import { logit, readerOf, type Prediction } from './prediction.ts';

/** Temperatures that are considered. */
export const TEMPERATURES = { lowest: 0.1, highest: 10 } as const;

export interface TemperatureFit {
  /** Logits are divided by it: above 1 the model was too sure, below 1 not sure enough. */
  readonly temperature: number;
  /**
   * `at-limit`: the best would lie beyond `TEMPERATURES`. `undetermined`: there is nothing to
   * tell from, and the temperature is 1. That is so without pixels, where all are the label or none
   * is, and where none is on the wrong side of ½, so that any sharpening looks better.
   */
  readonly outcome: 'fitted' | 'at-limit' | 'undetermined';
  readonly pixels: number;
  /** Mean negative log likelihood in nats per pixel at temperature 1 and at the fitted one. */
  readonly before: number;
  readonly after: number;
}

/** What is thought of a temperature before anything is seen: ln T is normal around 0. */
export interface TemperaturePrior {
  /** Standard deviation of ln T. */
  readonly spread: number;
  /** Pixels of a slice are not independent: a prediction counts as much as so many that are. */
  readonly worth: number;
}

/**
 * For few slices. Two slices may say that T is 2, ten of them may say 4: with the best T of one
 * slice alone, the calibration error of others is now and then larger than without (docs/learning.md).
 */
export const FEW_SLICES: TemperaturePrior = { spread: 0.5, worth: 100 };

/**
 * The one temperature T that makes a model's probabilities σ(logit / T) fit the truth best: least
 * negative log likelihood of yes/no answers (Guo et al., "On calibration of modern neural
 * networks", ICML 2017, section 4.2), and with a prior the most probable one. Every pixel counts the
 * same. In β = 1/T the loss is convex, so Newton's steps, halved on a log scale where they leave the
 * bracket, find the only minimum. Memory: one float32 per pixel.
 * @throws RangeError as `readerOf`.
 */
export function fitTemperature(
  predictions: readonly Prediction[],
  prior?: TemperaturePrior,
): TemperatureFit {
  const readers = predictions.map(readerOf);
  // What a logit speaks for the truth: the likelihood of a pixel is σ(β · margin).
  const margins = new Float32Array(readers.reduce((sum, { length }) => sum + length, 0));
  let n = 0;
  let [labels, wrong] = [0, 0];
  for (const reader of readers) {
    for (let i = 0; i < reader.length; i++) {
      const isLabel = reader.isLabel(i);
      const z = reader.logit(i);
      if (isLabel) labels++;
      if (isLabel ? z < 0 : z > 0) wrong++;
      margins[n++] = isLabel ? z : -z;
    }
  }
  const pixels = margins.length;
  const isTelling = labels > 0 && labels < pixels && wrong > 0;
  const before = pixels === 0 ? 0 : lossAt(margins, 1) / pixels;
  if (!isTelling) {
    return { temperature: 1, outcome: 'undetermined', pixels, before, after: before };
  }
  // The prior, as a share of the loss of all pixels.
  const pull = prior && pixels / (predictions.length * prior.worth * prior.spread ** 2);
  const { beta, isLimit } = bestBeta(margins, pull ?? 0);
  const outcome = isLimit ? 'at-limit' : 'fitted';
  return { temperature: 1 / beta, outcome, pixels, before, after: lossAt(margins, beta) / pixels };
}

/** Σ −ln σ(β m) over the margins m, in nats. */
function lossAt(margins: Float32Array, beta: number): number {
  let loss = 0;
  for (const m of margins) {
    const x = beta * m;
    loss += Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, -x);
  }
  return loss;
}

/** The first two derivatives of `lossAt` + pull · ln²β / 2 by β. */
function derivativesAt(
  margins: Float32Array,
  pull: number,
  beta: number,
): { slope: number; curvature: number } {
  let slope = (pull * Math.log(beta)) / beta;
  let curvature = (pull * (1 - Math.log(beta))) / beta ** 2;
  for (const m of margins) {
    const against = sigmoid(-beta * m);
    slope -= m * against;
    curvature += m * m * against * (1 - against);
  }
  return { slope, curvature };
}

/** Where `lossAt` + pull · ln²β / 2 is least among the inverse temperatures that are considered. */
function bestBeta(margins: Float32Array, pull: number): { beta: number; isLimit: boolean } {
  let [low, high] = [1 / TEMPERATURES.highest, 1 / TEMPERATURES.lowest];
  if (derivativesAt(margins, pull, low).slope >= 0) return { beta: low, isLimit: true };
  if (derivativesAt(margins, pull, high).slope <= 0) return { beta: high, isLimit: true };
  let beta = 1;
  for (;;) {
    const { slope, curvature } = derivativesAt(margins, pull, beta);
    if (slope > 0) high = beta;
    else low = beta;
    const newton = beta - slope / curvature;
    // Also where the curvature has vanished and the step is not a number.
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next / beta - 1) < 1e-6 || high / low - 1 < 1e-6) {
      return { beta: next, isLimit: false };
    }
    beta = next;
  }
}

/** The smallest float32 above ½. */
const ABOVE_HALF = 0.5 + 2 ** -24;

/**
 * Probabilities at another temperature, σ(logit(p) / T). Order is kept, and so is the mask: what is
 * above ½ stays above ½. (Between labels of different temperatures the order may change.) At 1 they
 * are returned as they are, held within 1e-7 … 1 − 1e-7.
 * @throws RangeError for a temperature that is not above 0.
 */
export function applyTemperature(probability: Float32Array, temperature: number): Float32Array {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`A temperature of ${temperature} is not above 0.`);
  }
  return probability.map((p) => {
    const calibrated = sigmoid(logit(p) / temperature);
    return p > 0.5 ? Math.max(ABOVE_HALF, calibrated) : calibrated;
  });
}

/**
 * All maps of a label at another temperature. Total is the entropy of the new probability; it is
 * parted into aleatoric and epistemic as before, since the samples behind them are gone (their
 * exact parts would need every sample's logits).
 * @throws RangeError as `applyTemperature`.
 */
export function calibrateMaps(maps: UncertaintyMaps, temperature: number): UncertaintyMaps {
  const probability = applyTemperature(maps.probability, temperature);
  const total = probability.map(entropy);
  const epistemic = total.map((h, i) => {
    const was = maps.total[i]!;
    return was > 0 ? h * Math.min(1, maps.epistemic[i]! / was) : 0;
  });
  return { probability, total, epistemic, aleatoric: total.map((h, i) => h - epistemic[i]!) };
}
