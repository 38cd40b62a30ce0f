import {
  add,
  layerNorm,
  linear,
  matmul,
  mul,
  neg,
  scale,
  shift,
  sigmoid,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  swapLast,
  type Tensor,
} from '../tensor/index.ts';
import type { Architecture } from './config.ts';
import { at, type Weights } from './weights.ts';

/** Noise ε ~ N(0, I) of one adapter; null is the mean pass. */
export interface AdapterNoise {
  /** [B, T, C]: image tokens query text tokens. */
  readonly imgToTxt: Tensor;
  /** [B, N, C]: text tokens query the updated image tokens. */
  readonly txtToImg: Tensor;
}

const MIN_VARIANCE = 1e-6;

/**
 * Probabilistic cross attention of queries `x` [B, n, C] to the context `z` [B, m, C]: keys and
 * values are Gaussians, unsure keys are attended to less, values are drawn with `noise` [B, m, C].
 */
function probabilisticAttention(
  x: Tensor,
  z: Tensor,
  noise: Tensor | null,
  contextBias: Tensor | null,
  w: Weights,
  a: Architecture,
): Tensor {
  const c = a.adapter;
  const project = (t: Tensor, name: string): Tensor =>
    linear(t, w(`${name}.weight`), w(`${name}.bias`));
  const gaussian = (name: 'k' | 'v'): { mean: Tensor; rho: Tensor } => {
    const both = project(z, `${name}_proj`);
    const mean = slice(both, 2, 0, c);
    return {
      mean: layerNorm(mean, w(`norm_${name}.weight`), w(`norm_${name}.bias`), 1e-5),
      rho: slice(both, 2, c, 2 * c),
    };
  };
  const variance = (rho: Tensor): Tensor => shift(softplus(rho), MIN_VARIANCE);

  const q = project(x, 'q_proj');
  const key = gaussian('k');
  let scores = scale(matmul(q, swapLast(key.mean)), 1 / Math.sqrt(c));
  if (a.beta !== 0) {
    const spread = sqrt(scale(matmul(square(q), swapLast(variance(key.rho))), 1 / c));
    scores = sub(scores, scale(spread, a.beta));
  }
  if (contextBias !== null) scores = add(scores, contextBias);
  const value = gaussian('v');
  const drawn =
    noise === null ? value.mean : add(value.mean, mul(sqrt(variance(value.rho)), noise));
  const out = project(matmul(softmax(scores), drawn), 'out_proj');
  const gate = sigmoid(w('gate'));
  return add(mul(gate, out), mul(shift(neg(gate), 1), x));
}

/** Tokens that meet in an adapter. */
export interface AdapterTokens {
  /** [B, N, Dv] */
  readonly image: Tensor;
  /** [B, n, Dt]: those that get an update. */
  readonly text: Tensor;
  /** [B, T, Dt]: all that the image attends to, padding included; may be `text` itself. */
  readonly context: Tensor;
}

/**
 * Probabilistic vision-language adapter number `index`: tokens of both towers → what is added to
 * them. `textBias` [B, 1, T] masks padding as context where the architecture asks for it.
 */
export function pvlAdapter(
  tokens: AdapterTokens,
  noise: AdapterNoise | null,
  textBias: Tensor | null,
  weights: Weights,
  a: Architecture,
  index: number,
): { image: Tensor; text: Tensor } {
  const w = at(weights, `pvl_adapters.${index}`);
  const down = (t: Tensor): Tensor => linear(t, w('proj_txt_down.weight'));
  const vision = linear(tokens.image, w('proj_vis_down.0.weight'));
  const context = down(tokens.context);
  const words = tokens.text === tokens.context ? context : down(tokens.text);
  const attend = (name: string): Weights => at(w, `two_way.cross_attn_${name}`);
  const imageAttended = probabilisticAttention(
    vision,
    context,
    noise?.imgToTxt ?? null,
    textBias,
    attend('img_to_txt'),
    a,
  );
  const textAttended = probabilisticAttention(
    words,
    imageAttended,
    noise?.txtToImg ?? null,
    null,
    attend('txt_to_img'),
    a,
  );
  return {
    image: linear(imageAttended, w('proj_vis_up.weight')),
    text: linear(textAttended, w('proj_txt_up.weight')),
  };
}
