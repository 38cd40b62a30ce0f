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
export const TRUST_DEFAULTS: Trust = { model: 0.7, shape: 2.5, grey: 0.7, bias: 0 };

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
  { distance, grey, gap }: Evidence,
  trust: Trust,
): UncertaintyMaps {
  const shape = trust.shape / (1 + gap);
  const probability = maps.probability.map((p, i) =>
    sigmoid(trust.model * logitOf(p) + shape * distance[i]! + trust.grey * grey[i]! + trust.bias),
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
  /** Without the slice itself. */
  readonly evidence: Evidence;
  readonly truth: Uint8Array;
}

/** Pixels of a slice are not independent: a slice counts as much as so many that are. */
const WORTH = 40;

/**
 * The trust that explains decided slices best, in two regressions over the pixels near either
 * outline, both held near the defaults: first how far shape and grey values are believed, from all
 * slices; then the model beside them, from those that it has not learned from. No weight but the
 * bias falls below 0.
 */
export function fitTrust(examples: readonly TrustExample[]): Trust {
  const { model, shape, grey, bias } = TRUST_DEFAULTS;
  const [ofShape, ofGrey, base] = fitLogistic(
    examples.flatMap((example) =>
      rowsOf(example, ({ distance, grey: odds, gap }, i) => [distance[i]! / (1 + gap), odds[i]!, 1]),
    ),
    [shape, grey, bias],
    [1.5, 0.5, 0.3],
  ); // prettier-ignore
  const neighbours = { shape: Math.max(0, ofShape!), grey: Math.max(0, ofGrey!), bias: base! };
  const [ofModel, ofOthers, rest] = fitLogistic(
    examples.flatMap((example) =>
      rowsOf(example, ({ distance, grey: odds, gap }, i, p) =>
        p === null
          ? null
          : [
              logitOf(p),
              (neighbours.shape * distance[i]!) / (1 + gap) + neighbours.grey * odds[i]! + neighbours.bias,
              1,
            ],
      ),
    ),
    [model, 1, 0],
    [0.5, 0.3, 0.3],
  ); // prettier-ignore
  const others = Math.max(0, ofOthers!);
  return {
    model: Math.max(0, ofModel!),
    shape: others * neighbours.shape,
    grey: others * neighbours.grey,
    bias: others * neighbours.bias + rest!,
  };
}

/** Where all say a clear no, or a clear yes, there is nothing to learn: such pixels are left out. */
function rowsOf(
  { probability, evidence, truth }: TrustExample,
  featuresOf: (evidence: Evidence, i: number, p: number | null) => readonly number[] | null,
): LogisticRow[] {
  const rows: LogisticRow[] = [];
  for (let i = 0; i < truth.length; i++) {
    const p = probability && probability[i]!;
    const d = evidence.distance[i]!;
    const isClear = Math.abs(d) >= REACH && d > 0 === (truth[i] === 1);
    if (isClear && (p === null || Math.abs(p - truth[i]!) < 0.01)) continue;
    const x = featuresOf(evidence, i, p);
    if (x !== null) rows.push({ x, y: truth[i]!, weight: 0 });
  }
  return rows.map((row) => ({ ...row, weight: WORTH / rows.length }));
}
