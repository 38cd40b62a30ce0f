import { entropy, sigmoid, type UncertaintyMaps } from '../uncertainty.ts';
import { REACH, type ShapePrior } from './shape-prior.ts';

/**
 * How much the model and the shape of the neighbours are believed: the logit of a pixel is
 *
 *   model · logit(p) + shape · distance / (1 + gap) + bias
 *
 * with distance and gap in mm: the farther the next annotated slice, the less its shape says.
 */
export interface Trust {
  readonly model: number;
  readonly shape: number;
  readonly bias: number;
}

/** Where there is nothing to learn it from. */
export const TRUST_DEFAULTS: Trust = { model: 1, shape: 2, bias: 0 };

/** Beyond this, the model's logits say nothing more. */
const SUREST = 8;

const logitOf = (p: number): number =>
  Math.max(-SUREST, Math.min(SUREST, Math.log(Math.max(p, 1e-9) / Math.max(1 - p, 1e-9))));

/**
 * The model's maps with what the neighbours' shapes say. Total is the entropy of the new
 * probability, parted into aleatoric and epistemic as the model's was.
 */
export function withShape(maps: UncertaintyMaps, prior: ShapePrior, trust: Trust): UncertaintyMaps {
  const weight = trust.shape / (1 + prior.gap);
  const probability = maps.probability.map((p, i) =>
    sigmoid(trust.model * logitOf(p) + weight * prior.distance[i]! + trust.bias),
  );
  const total = probability.map(entropy);
  const epistemic = total.map((h, i) => {
    const was = maps.total[i]!;
    return was > 0 ? h * Math.min(1, maps.epistemic[i]! / was) : 0;
  });
  return { probability, total, epistemic, aleatoric: total.map((h, i) => h - epistemic[i]!) };
}

/** A decided slice that neither the model nor the prior has seen. */
export interface TrustExample {
  readonly probability: Float32Array;
  readonly prior: ShapePrior;
  readonly truth: Uint8Array;
}

/** Pixels of a slice are not independent: a slice counts as much as so many that are. */
const WORTH = 40;
/** How far trust may lie from the defaults: standard deviations of a Gaussian around them. */
const SPREAD: Trust = { model: 0.7, shape: 1.5, bias: 0.7 };
const STEPS = 25;

/**
 * The trust that explains decided slices best: logistic regression by Newton's method over the
 * pixels near either outline, held near the defaults, so that one slice moves it little and many do.
 * Neither weight falls below 0.
 */
export function fitTrust(examples: readonly TrustExample[]): Trust {
  const rows = examples.flatMap(rowsOf);
  const start = [TRUST_DEFAULTS.model, TRUST_DEFAULTS.shape, TRUST_DEFAULTS.bias];
  const precision = [SPREAD.model ** -2, SPREAD.shape ** -2, SPREAD.bias ** -2];
  let w = start;
  for (let step = 0; step < STEPS; step++) {
    const gradient = w.map((v, n) => precision[n]! * (v - start[n]!));
    const hessian = precision.map((p, n) => precision.map((_, m) => (n === m ? p : 0)));
    for (const { x, y, weight } of rows) {
      const p = sigmoid(x[0] * w[0]! + x[1] * w[1]! + w[2]!);
      for (let n = 0; n < 3; n++) {
        gradient[n]! += weight * (p - y) * x[n]!;
        for (let m = 0; m < 3; m++) hessian[n]![m]! += weight * p * (1 - p) * x[n]! * x[m]!;
      }
    }
    const move = solve(hessian, gradient);
    w = w.map((v, n) => v - move[n]!);
    if (Math.max(...move.map(Math.abs)) < 1e-6) break;
  }
  return { model: Math.max(0, w[0]!), shape: Math.max(0, w[1]!), bias: w[2]! };
}

interface Row {
  readonly x: readonly [number, number, number];
  readonly y: number;
  readonly weight: number;
}

/** Where both say a clear no there is nothing to learn: such pixels are left out. */
function rowsOf({ probability, prior, truth }: TrustExample): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < truth.length; i++) {
    if (probability[i]! < 0.01 && prior.distance[i]! <= -REACH && truth[i] === 0) continue;
    const x = [logitOf(probability[i]!), prior.distance[i]! / (1 + prior.gap), 1] as const;
    rows.push({ x, y: truth[i]!, weight: 0 });
  }
  return rows.map((row) => ({ ...row, weight: WORTH / rows.length }));
}

/** Solves a small symmetric positive definite system by elimination. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, n) => [...row, b[n]!]);
  for (let n = 0; n < rows.length; n++) {
    for (let m = n + 1; m < rows.length; m++) {
      const factor = rows[m]![n]! / rows[n]![n]!;
      for (let c = n; c <= rows.length; c++) rows[m]![c]! -= factor * rows[n]![c]!;
    }
  }
  const x = new Array<number>(rows.length).fill(0);
  for (let n = rows.length - 1; n >= 0; n--) {
    const rest = rows[n]!.slice(n + 1, rows.length).reduce((s, v, c) => s + v * x[n + 1 + c]!, 0);
    x[n] = (rows[n]![rows.length]! - rest) / rows[n]![n]!;
  }
  return x;
}
