import {
  add,
  layerNorm,
  linear,
  matmul,
  multiHeadAttention,
  pad,
  patchEmbed,
  quickGelu,
  reshape,
  slice,
  type Tensor,
} from '../tensor/index.ts';
import type { Architecture } from './config.ts';
import { at, type Weights } from './weights.ts';

const EPS = 1e-5;

const norm = (x: Tensor, w: Weights, name: string): Tensor =>
  layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), EPS);

/** Image [B, 3, H, W] → tokens [B, N, Dv], class token first, after `ln_pre`. */
export function embedImage(image: Tensor, weights: Weights, a: Architecture): Tensor {
  const w = at(weights, 'vision_model');
  const patches = patchEmbed(image, w('conv1.weight'));
  const positions = w('positional_embedding');
  const tokens = 1 + (a.image / a.patch) ** 2;
  // The class token is a row of zeros to which its embedding is added along with the positions.
  const classRow = pad(reshape(w('class_embedding'), [1, a.visionWidth]), 0, 0, tokens - 1);
  return norm(add(pad(patches, 1, 1, 0), add(positions, classRow)), w, 'ln_pre');
}

/** Pre-norm transformer block: x [B, N, Dv] → [B, N, Dv]. */
export function visionBlock(x: Tensor, weights: Weights, a: Architecture, layer: number): Tensor {
  const w = at(weights, `vision_model.transformer.resblocks.${layer}`);
  const d = a.visionWidth;
  const h = norm(x, w, 'ln_1');
  // Rows 0…D of the fused projection make queries, then keys, then values.
  const [q, k, v] = [0, 1, 2].map((i) =>
    linear(
      h,
      slice(w('attn.in_proj_weight'), 0, i * d, (i + 1) * d),
      slice(w('attn.in_proj_bias'), 0, i * d, (i + 1) * d),
    ),
  );
  const attended = multiHeadAttention(q!, k!, v!, a.visionHeads);
  const mixed = add(x, linear(attended, w('attn.out_proj.weight'), w('attn.out_proj.bias')));
  const hidden = quickGelu(
    linear(norm(mixed, w, 'ln_2'), w('mlp.c_fc.weight'), w('mlp.c_fc.bias')),
  );
  return add(mixed, linear(hidden, w('mlp.c_proj.weight'), w('mlp.c_proj.bias')));
}

/** Tokens [B, N, Dv] → image features [B, N, E], the class token's included. */
export function projectImage(x: Tensor, weights: Weights): Tensor {
  const w = at(weights, 'vision_model');
  return matmul(norm(x, w, 'ln_post'), w('proj'));
}
