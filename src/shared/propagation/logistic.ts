import { sigmoid } from '../uncertainty.ts';

export interface LogisticRow {
  readonly x: readonly number[];
  /** 0 or 1 */
  readonly y: number;
  /** What the row counts. */
  readonly weight: number;
  /** What is added to the logit, known beforehand; default 0. */
  readonly offset?: number;
}

const STEPS = 25;

/**
 * The weights that explain rows best: logistic regression by Newton's method, held near `start` by a
 * Gaussian, so that few rows move them little.
 * @param spread standard deviations of that Gaussian.
 */
export function fitLogistic(
  rows: readonly LogisticRow[],
  start: readonly number[],
  spread: readonly number[],
): number[] {
  const precision = spread.map((s) => s ** -2);
  let w = [...start];
  for (let step = 0; step < STEPS; step++) {
    const gradient = w.map((v, n) => precision[n]! * (v - start[n]!));
    const hessian = precision.map((p, n) => precision.map((_, m) => (n === m ? p : 0)));
    for (const { x, y, weight, offset = 0 } of rows) {
      const p = sigmoid(w.reduce((sum, v, n) => sum + v * x[n]!, offset));
      for (let n = 0; n < w.length; n++) {
        gradient[n]! += weight * (p - y) * x[n]!;
        for (let m = 0; m < w.length; m++) hessian[n]![m]! += weight * p * (1 - p) * x[n]! * x[m]!;
      }
    }
    const move = solve(hessian, gradient);
    w = w.map((v, n) => v - move[n]!);
    if (Math.max(...move.map(Math.abs)) < 1e-6) break;
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
