import { sigmoid } from '../uncertainty.ts';

/** What a logistic regression explains, row by row: `y.length` of them. */
export interface LogisticRows {
  /** As many to a row as there are weights, row behind row. */
  readonly x: ArrayLike<number>;
  /** 0 or 1 */
  readonly y: ArrayLike<number>;
  /** What a row counts. */
  readonly weight: ArrayLike<number>;
  /** What is added to the logit, known beforehand. */
  readonly offset: ArrayLike<number>;
}

const STEPS = 25;

/**
 * The weights that explain rows best: logistic regression by Newton's method, held near `start` by a
 * Gaussian, so that few rows move them little. What is minimised is convex; a step that would lead
 * uphill is halved, since far from the minimum Newton's leads beyond it.
 * @param spread standard deviations of that Gaussian.
 */
export function fitLogistic(
  rows: LogisticRows,
  start: readonly number[],
  spread: readonly number[],
): number[] {
  const { x, y, weight, offset } = rows;
  const count = start.length;
  const precision = spread.map((s) => s ** -2);
  const lossOf = (w: readonly number[]): number => {
    let loss = w.reduce((sum, v, n) => sum + (precision[n]! * (v - start[n]!) ** 2) / 2, 0);
    for (let row = 0, at = 0; row < y.length; row++, at += count) {
      let logit = offset[row]!;
      for (let n = 0; n < count; n++) logit += w[n]! * x[at + n]!;
      const margin = y[row] ? logit : -logit;
      loss += weight[row]! * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin));
    }
    return loss;
  };
  let w = [...start];
  let loss = lossOf(w);
  for (let step = 0; step < STEPS; step++) {
    const gradient = w.map((v, n) => precision[n]! * (v - start[n]!));
    const hessian = precision.map((p, n) => precision.map((_, m) => (n === m ? p : 0)));
    for (let row = 0, at = 0; row < y.length; row++, at += count) {
      let logit = offset[row]!;
      for (let n = 0; n < count; n++) logit += w[n]! * x[at + n]!;
      const p = sigmoid(logit);
      const slope = weight[row]! * (p - y[row]!);
      const bend = weight[row]! * p * (1 - p);
      for (let n = 0; n < count; n++) {
        gradient[n]! += slope * x[at + n]!;
        for (let m = 0; m < count; m++) hessian[n]![m]! += bend * x[at + n]! * x[at + m]!;
      }
    }
    let move = solve(hessian, gradient);
    for (;;) {
      if (Math.max(...move.map(Math.abs)) < 1e-6) return w;
      const next = w.map((v, n) => v - move[n]!);
      const nextLoss = lossOf(next);
      if (nextLoss <= loss) {
        [w, loss] = [next, nextLoss];
        break;
      }
      move = move.map((m) => m / 2);
    }
  }
  return w;
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
