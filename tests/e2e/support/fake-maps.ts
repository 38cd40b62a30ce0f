import { entropy } from '../../../src/shared/uncertainty.ts';

export interface FakeMaps {
  readonly probability: Uint8Array;
  readonly total: Uint8Array;
  readonly aleatoric: Uint8Array;
  readonly epistemic: Uint8Array;
  /** Mean total entropy where there is any, nats. */
  readonly doubt: number;
}

/** Means over a square window, separable, values beyond the edge being 0. */
function blur(values: Float32Array, columns: number, rows: number, reach: number): Float32Array {
  const along = (
    from: Float32Array,
    step: number,
    count: number,
    lines: number,
    jump: number,
  ): Float32Array => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let n = -reach; n < count; n++) {
        if (n + reach < count) sum += from[line * jump + (n + reach) * step]!;
        if (n - reach - 1 >= 0) sum -= from[line * jump + (n - reach - 1) * step]!;
        if (n >= 0) to[line * jump + n * step] = sum / (2 * reach + 1);
      }
    }
    return to;
  };
  return along(along(values, 1, columns, rows, columns), columns, rows, columns, 1);
}

/**
 * What a model might make of a true mask: its border blurred, the more the higher the doubt, and
 * moved in and out by slow waves.
 * @param doubt 0 … 1: how unsure.
 */
export function fakeMaps(
  truth: Uint8Array,
  columns: number,
  rows: number,
  doubt: number,
): FakeMaps {
  const reach = 1 + Math.round(doubt * 3);
  let soft = Float32Array.from(truth);
  for (let pass = 0; pass < 2; pass++) soft = blur(soft, columns, rows, reach) as typeof soft;
  const size = columns * rows;
  const maps = {
    probability: new Uint8Array(size),
    total: new Uint8Array(size),
    aleatoric: new Uint8Array(size),
    epistemic: new Uint8Array(size),
  };
  let [sum, pixels] = [0, 0];
  for (let i = 0; i < size; i++) {
    const value = soft[i]!;
    if (value < 0.01) continue;
    const [x, y] = [i % columns, Math.floor(i / columns)];
    const wave = doubt * 0.35 * Math.sin(x / 11) * Math.cos(y / 17);
    const p = Math.min(1, Math.max(0, value + wave * value * (1.2 - value)));
    const total = entropy(p);
    const epistemic = total * (0.15 + 0.6 * doubt * Math.abs(Math.sin(x / 23)));
    maps.probability[i] = Math.round(p * 255);
    maps.total[i] = Math.round((total / Math.LN2) * 255);
    maps.epistemic[i] = Math.round((epistemic / Math.LN2) * 255);
    maps.aleatoric[i] = maps.total[i]! - maps.epistemic[i]!;
    if (total > 0.05) {
      sum += total;
      pixels++;
    }
  }
  return { ...maps, doubt: pixels === 0 ? 0 : (sum / pixels) * (0.3 + 0.7 * doubt) };
}
