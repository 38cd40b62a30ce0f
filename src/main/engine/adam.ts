/** Adam (Kingma & Ba 2015) as PyTorch computes it, without weight decay. */
export interface AdamOptions {
  readonly lr: number;
  /** Factor on `lr` for the parameter of a name; 1 where absent. */
  readonly pace?: (name: string) => number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** Running moments of each parameter's gradient; `step` counts the updates done. */
export interface AdamState {
  step: number;
  readonly mean: Map<string, Float32Array>;
  readonly square: Map<string, Float32Array>;
}

export function createAdamState(parameters: ReadonlyMap<string, Float32Array>): AdamState {
  const zeros = (): Map<string, Float32Array> =>
    new Map([...parameters].map(([name, p]) => [name, new Float32Array(p.length)]));
  return { step: 0, mean: zeros(), square: zeros() };
}

/** One update, in place: p ← p − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). */
export function adamStep(
  parameters: ReadonlyMap<string, Float32Array>,
  gradient: (name: string) => Float32Array,
  state: AdamState,
  options: AdamOptions,
): void {
  const { lr, pace, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
  state.step += 1;
  const correctedRate = lr / (1 - beta1 ** state.step);
  const correction = 1 / Math.sqrt(1 - beta2 ** state.step);
  for (const [name, p] of parameters) {
    const g = gradient(name);
    const m = state.mean.get(name)!;
    const v = state.square.get(name)!;
    const size = correctedRate * (pace?.(name) ?? 1);
    for (let i = 0; i < p.length; i++) {
      const gi = g[i]!;
      const mi = (m[i] = beta1 * m[i]! + (1 - beta1) * gi);
      const vi = (v[i] = beta2 * v[i]! + (1 - beta2) * gi * gi);
      p[i] = p[i]! - (size * mi) / (Math.sqrt(vi) * correction + eps);
    }
  }
}

/** Learning rate that falls from `start` to `end` along half a cosine, at `done` of `total` steps. */
export function cosineRate(start: number, end: number, done: number, total: number): number {
  const t = Math.min(1, Math.max(0, done / total));
  return end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * t));
}
