import { fillNormal } from '../../src/main/engine/runtime/noise.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { keyedState } from '../../src/shared/random.ts';

/** ρ from which σ = softplus(ρ) is small: samples hardly differ until they have something to say. */
const FIRST_RHO = -4;

/**
 * Random weights to train from: N(0, 1/fan-in) for products, so that activations keep their size;
 * branches that are added to a stream start small, adapters smaller still; positions start as
 * sines and cosines of row and column (Dosovitskiy et al. 2021, appendix D.4), so that neighbours
 * are neighbours from the first step on.
 */
export function initialise(a: Architecture, seed: number): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of tensorShapes(a)) {
    const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
    if (/(^|\.)(norm\w*|ln_\w+|LayerNorm)\.weight$/.test(name)) values.fill(1);
    else if (/\.[kv]_proj\.bias$/.test(name)) values.fill(FIRST_RHO, values.length / 2);
    else if (name === 'vision_model.positional_embedding') sinusoids(values, a);
    else if (!/bias$|gate$/.test(name)) {
      fillNormal(keyedState(seed, name), values);
      const deviation = deviationOf(name, shape, a);
      for (let i = 0; i < values.length; i++) values[i]! *= deviation;
    }
    weights.set(name, values);
  }
  return weights;
}

function deviationOf(name: string, shape: readonly number[], a: Architecture): number {
  if (/word_embeddings/.test(name)) return 0.05;
  if (/embedding/.test(name)) return 0.02;
  const spread = 1 / Math.sqrt(fanIn(name, shape));
  // These take unit vectors of length E, whose elements are of size 1/√E.
  if (/^(mask_head\.0|upscale\.0\.conv1)\.weight$/.test(name)) return Math.sqrt(a.joint) * spread;
  if (/proj_(vis|txt)_up/.test(name)) return 0.1 * spread;
  if (name === 'mask_head.4.weight') return 0.3 * spread;
  // The first token of a prompt starts without a word of it: attention must carry them over.
  if (/attention\.output\.dense/.test(name)) return 2 * spread;
  return /attn\.out_proj|c_proj/.test(name) ? spread / Math.sqrt(2 * a.layers) : spread;
}

function fanIn(name: string, shape: readonly number[]): number {
  // `proj` is stored [in, out] and transposed convolutions [in, out, 2, 2]; the rest [out, in, …].
  if (name === 'vision_model.proj' || /^upscale\.\d+\.conv1/.test(name)) return shape[0]!;
  return shape.slice(1).reduce((n, d) => n * d, 1);
}

/** Row 0 (the class token) stays 0; a quarter of the width each for sin/cos of row and column. */
function sinusoids(values: Float32Array, a: Architecture): void {
  const grid = a.image / a.patch;
  const d = a.visionWidth;
  const quarter = d / 4;
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      const at = (1 + row * grid + column) * d;
      for (let i = 0; i < quarter; i++) {
        const frequency = 1 / 100 ** (i / quarter);
        values[at + i] = 0.5 * Math.sin(row * frequency);
        values[at + quarter + i] = 0.5 * Math.cos(row * frequency);
        values[at + 2 * quarter + i] = 0.5 * Math.sin(column * frequency);
        values[at + 3 * quarter + i] = 0.5 * Math.cos(column * frequency);
      }
    }
  }
}
