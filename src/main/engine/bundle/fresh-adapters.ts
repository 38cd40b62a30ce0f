import { uniform } from '../../../shared/random-draws.ts';
import { keyedState } from '../../../shared/random.ts';

/**
 * A trainable tensor as the published training begins with it: PyTorch's defaults, which are
 * U(−1/√n, 1/√n) for weights and biases of layers with n inputs (ConvTranspose2d counts outputs),
 * ones and zeros for normalisations; gates begin at 0. The same at each call.
 */
export function freshAdapter(
  name: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shapes.get(name)!.reduce((n, d) => n * d, 1));
  if (name.endsWith('.gate')) return values;
  if (/\.norm(_[kv])?\.(weight|bias)$/.test(name))
    return values.fill(name.endsWith('weight') ? 1 : 0);
  const weight = shapes.get(name.replace(/\.bias$/, '.weight'))!;
  const bound = 1 / Math.sqrt(weight.slice(1).reduce((n, d) => n * d, 1));
  const state = keyedState('fresh adapter', name);
  return values.map(() => uniform(state, -bound, bound));
}
