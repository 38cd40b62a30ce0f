import { entropy, sigmoid, type UncertaintyMaps } from '../uncertainty.ts';
import { fitLogistic, type LogisticRow } from './logistic.ts';
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

/**
 * The model's maps with what annotated slices say. Total is the entropy of the new probability,
 * parted into aleatoric and epistemic as the model's was.
 */
export function withNeighbours(
  maps: UncertaintyMaps,
  evidence: Evidence,
  trust: Trust,
): UncertaintyMaps {
  const probability = maps.probability.map((p, i) =>
    sigmoid(trust.model * logitOf(p) + weighed(featuresOf(evidence, i), trust)),
  );
  const total = probability.map(entropy);
  const epistemic = total.map((h, i) => {
    const was = maps.total[i]!;
    return was > 0 ? h * Math.min(1, maps.epistemic[i]! / was) : 0;
  });
  return { probability, total, epistemic, aleatoric: total.map((h, i) => h - epistemic[i]!) };
}

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
  const [ofShape, ofGrey, rest] = fitLogistic(
    examples
      .filter(({ evidence }) => evidence !== null)
      .flatMap((example) => rowsOf(example, (i) => ({ x: featuresOf(example.evidence!, i) }))),
    [shape, grey, bias],
    [SPREAD.shape, SPREAD.grey, SPREAD.bias],
  );
  const others = { shape: Math.max(0, ofShape!), grey: Math.max(0, ofGrey!), bias: rest! };
  const [model] = fitLogistic(
    examples.flatMap((example) => {
      const { probability, evidence } = example;
      if (probability === null) return [];
      return rowsOf(example, (i) => ({
        x: [logitOf(probability[i]!)],
        offset: evidence === null ? 0 : weighed(featuresOf(evidence, i), others),
      }));
    }),
    [TRUST_DEFAULTS.model],
    [SPREAD.model],
  );
  return { model: Math.max(0, model!), ...others };
}

type Features = readonly [number, number, number];

const featuresOf = ({ distance, grey, gap }: Evidence, i: number): Features => [
  distance[i]! / (1 + gap),
  grey[i]!,
  1,
];

const weighed = ([d, g, one]: Features, { shape, grey, bias }: Omit<Trust, 'model'>): number =>
  shape * d + grey * g + bias * one;

/** Where all say a clear no, or a clear yes, there is nothing to learn: such pixels are left out. */
function rowsOf(
  { probability, evidence, truth }: TrustExample,
  read: (i: number) => Pick<LogisticRow, 'x' | 'offset'>,
): LogisticRow[] {
  const rows: Omit<LogisticRow, 'weight'>[] = [];
  for (let i = 0; i < truth.length; i++) {
    const d = evidence?.distance[i] ?? -REACH;
    const isFar = Math.abs(d) >= REACH && d > 0 === (truth[i] === 1);
    const agrees = probability === null || Math.abs(probability[i]! - truth[i]!) < 0.01;
    if (!(isFar && agrees)) rows.push({ ...read(i), y: truth[i]! });
  }
  return rows.map((row) => ({ ...row, weight: WORTH / rows.length }));
}
