import { fillNormal } from '../../src/main/engine/runtime/noise.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { keyedState } from '../../src/shared/random.ts';

/**
 * Random weights to train from: biases and gates 0, normalisation 1, embeddings N(0, 0.02²), and
 * N(0, 1/fan-in) for all products, so that activations keep their size.
 */
export function initialise(a: Architecture, seed: number): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of tensorShapes(a)) {
    const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
    if (/(^|\.)(norm\w*|ln_\w+|LayerNorm)\.weight$/.test(name)) values.fill(1);
    else if (!/bias$|gate$/.test(name)) {
      fillNormal(keyedState(seed, name), values);
      const deviation = /embedding/.test(name) ? 0.02 : 1 / Math.sqrt(fanIn(name, shape));
      for (let i = 0; i < values.length; i++) values[i]! *= deviation;
    }
    weights.set(name, values);
  }
  return weights;
}

function fanIn(name: string, shape: readonly number[]): number {
  // `proj` is stored [in, out] and transposed convolutions [in, out, 2, 2]; the rest [out, in, …].
  if (
    name === 'vision_model.proj' ||
    (name.endsWith('conv1.weight') === true && name.startsWith('upscale'))
  ) {
    return shape[0]!;
  }
  return shape.slice(1).reduce((n, d) => n * d, 1);
}
