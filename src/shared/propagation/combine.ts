import { entropy, sigmoid, type UncertaintyMaps } from '../uncertainty.ts';
import { fitLogistic, type LogisticRows } from './logistic.ts';
import type { Evidence } from './neighbours.ts';
import { REACH } from './shape-prior.ts';

/**
 * How much the model and the annotated slices are believed: the logit of a pixel is
 *
 *   model · logit(p) + shape · distance / (1 + gap) + grey · ln(odds of its grey value) + bias
 *
 * with distance and gap in mm: the farther the next annotated slice, the less its shape says.
 */
export interface Trust {
  readonly model: number;
  readonly shape: number;
  readonly grey: number;
  readonly bias: number;
}

/** Where there is nothing to learn it from. */
export const TRUST_DEFAULTS: Trust = { model: 0.5, shape: 2.5, grey: 0.7, bias: 0 };

/** Beyond this, the model's logits say nothing more. */
const SUREST = 8;

const logitOf = (p: number): number =>
  Math.max(-SUREST, Math.min(SUREST, Math.log(Math.max(p, 1e-9) / Math.max(1 - p, 1e-9))));

/** What of the model's maps is joined with what annotated slices say. */
export type ModelMaps = Pick<UncertaintyMaps, 'probability' | 'aleatoric'>;

/**
 * The model's maps with what annotated slices say, pixel by pixel.
 *
 * Total is the entropy of the joined probability: what shapes and grey values settle is no longer in
 * doubt, and where they contradict a sure model it is. Of it, aleatoric is what the model sees in the
 * image, as far as there is so much; the rest is epistemic, for it is doubt that knowledge takes
 * away: an annotated slice nearer by, or more learning. The four maps keep total = aleatoric +
 * epistemic.
 */
export function withNeighbours(
  { probability: p, aleatoric: inImage }: ModelMaps,
  evidence: Evidence,
  trust: Trust,
): UncertaintyMaps {
  const count = p.length;
  const [probability, total] = [new Float32Array(count), new Float32Array(count)];
  const [aleatoric, epistemic] = [new Float32Array(count), new Float32Array(count)];
  for (let i = 0; i < count; i++) {
    probability[i] = sigmoid(trust.model * logitOf(p[i]!) + neighboursSay(evidence, i, trust));
    total[i] = entropy(probability[i]!);
    aleatoric[i] = Math.min(total[i]!, inImage[i]!);
    epistemic[i] = total[i]! - aleatoric[i]!;
  }
  return { probability, total, aleatoric, epistemic };
}

const neighboursSay = (
  { distance, grey, gap }: Evidence,
  i: number,
  trust: Omit<Trust, 'model'>,
): number => (trust.shape * distance[i]!) / (1 + gap) + trust.grey * grey[i]! + trust.bias;

/** A decided slice, and what the others say of it. */
export interface TrustExample {
  /** What the model says, if it has not learned from the slice; else null. */
  readonly probability: Float32Array | null;
  /** Without the slice itself; null where there are no others. */
  readonly evidence: Evidence | null;
  readonly truth: Uint8Array;
}

/** Pixels of a slice are not independent: a slice counts as much as so many that are. */
const WORTH = 40;

/** How far trust may lie from the defaults: standard deviations of a Gaussian around them. */
const SPREAD: Trust = { model: 0.5, shape: 1.5, grey: 0.5, bias: 0.3 };

/**
 * The trust that explains decided slices best, in two regressions over the pixels near either
 * outline, both held near the defaults: first how far shape and grey values are believed, from all
 * slices; then the model beside them, from those that it has not learned from. No weight but the
 * bias falls below 0.
 */
export function fitTrust(examples: readonly TrustExample[]): Trust {
  const { shape, grey, bias } = TRUST_DEFAULTS;
  const informed = examples.filter(({ evidence }) => evidence !== null);
  const [ofShape, ofGrey, rest] = fitLogistic(
    rowsOf(informed, 3, ({ evidence }, i, x, at) => {
      const { distance, grey: odds, gap } = evidence!;
      x[at] = distance[i]! / (1 + gap);
      x[at + 1] = odds[i]!;
      x[at + 2] = 1;
      return 0;
    }),
    [shape, grey, bias],
    [SPREAD.shape, SPREAD.grey, SPREAD.bias],
  );
  const others = { shape: Math.max(0, ofShape!), grey: Math.max(0, ofGrey!), bias: rest! };
  const unseen = examples.filter(({ probability }) => probability !== null);
  const [model] = fitLogistic(
    rowsOf(unseen, 1, ({ probability, evidence }, i, x, at) => {
      x[at] = logitOf(probability![i]!);
      return evidence === null ? 0 : neighboursSay(evidence, i, others);
    }),
    [TRUST_DEFAULTS.model],
    [SPREAD.model],
  );
  return { model: Math.max(0, model!), ...others };
}

/** @param read puts a pixel's columns into `x` from `at` on, and gives its offset. */
function rowsOf(
  examples: readonly TrustExample[],
  columns: number,
  read: (example: TrustExample, i: number, x: Float64Array, at: number) => number,
): LogisticRows {
  const telling = examples.map(tellingPixels);
  const count = telling.reduce((sum, { length }) => sum + length, 0);
  const rows = {
    x: new Float64Array(count * columns),
    y: new Uint8Array(count),
    weight: new Float64Array(count),
    offset: new Float64Array(count),
  };
  let row = 0;
  examples.forEach((example, n) => {
    for (const i of telling[n]!) {
      rows.offset[row] = read(example, i, rows.x, row * columns);
      rows.y[row] = example.truth[i]!;
      rows.weight[row++] = WORTH / telling[n]!.length;
    }
  });
  return rows;
}

/** A grey value misleads where it is four times as common on the other side of the outline. */
const MISLEADING = Math.log(4);

/**
 * Where all say a clear no, or a clear yes, there is nothing to learn: such pixels are left out. Far
 * away from the outline misleading grey values are telling in slices that show the structure. Of
 * empty slices one would learn from them that it is nowhere: a slice that is left out lies twice as
 * far from the others as those that will be asked for.
 */
function tellingPixels({ probability, evidence, truth }: TrustExample): Int32Array {
  const pixels = new Int32Array(truth.length);
  const isShown = truth.includes(1);
  let count = 0;
  for (let i = 0; i < truth.length; i++) {
    const sign = truth[i] === 1 ? 1 : -1;
    const isFar = sign * (evidence?.distance[i] ?? -REACH) >= REACH;
    const agrees = probability === null || Math.abs(probability[i]! - truth[i]!) < 0.01;
    const misleads = isShown && evidence !== null && sign * evidence.grey[i]! < -MISLEADING;
    if (!(isFar && agrees) || misleads) pixels[count++] = i;
  }
  return pixels.subarray(0, count);
}
