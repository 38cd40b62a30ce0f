import { sigmoid } from '../uncertainty.ts';

/** What the model said of some pixels about one label, and what is true (non-zero = the label). */
export type Prediction = { readonly truth: ArrayLike<number> } & (
  { readonly probability: ArrayLike<number> } | { readonly logits: ArrayLike<number> }
);

/** Probabilities come as float32: much nearer to 0 or 1, nothing surer can be told apart. */
const SUREST = 1e-7;
const LARGEST_LOGIT = Math.log((1 - SUREST) / SUREST);

const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));

/** ln(p / (1 − p)), with p held within 1e-7 … 1 − 1e-7, so that it is finite (±16.1). */
export function logit(p: number): number {
  const q = clamp(p, SUREST, 1 - SUREST);
  return Math.log(q / (1 - q));
}

/** The pixels of a prediction in either form. */
export interface PixelReader {
  readonly length: number;
  /** Held within ±16.1, as `logit`. */
  readonly logit: (i: number) => number;
  readonly probability: (i: number) => number;
  readonly isLabel: (i: number) => boolean;
}

/** @throws RangeError where truth and prediction differ in length, or a value is not a number. */
export function readerOf(prediction: Prediction): PixelReader {
  const { truth } = prediction;
  const given = 'logits' in prediction ? prediction.logits : prediction.probability;
  if (given.length !== truth.length) {
    throw new RangeError(`A truth of ${truth.length} pixels for ${given.length} predicted ones.`);
  }
  const value = (i: number): number => {
    const v = given[i]!;
    if (Number.isNaN(v)) throw new RangeError(`Pixel ${i} was predicted as not a number.`);
    return v;
  };
  const isLabel = (i: number): boolean => Boolean(truth[i]);
  const { length } = truth;
  if (!('logits' in prediction)) {
    return { length, isLabel, probability: value, logit: (i) => logit(value(i)) };
  }
  return {
    length,
    isLabel,
    probability: (i) => sigmoid(value(i)),
    logit: (i) => clamp(value(i), -LARGEST_LOGIT, LARGEST_LOGIT),
  };
}
