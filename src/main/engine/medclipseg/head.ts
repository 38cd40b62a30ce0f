import {
  depthwise3x3,
  gelu,
  layerNorm,
  linear,
  matmul,
  normalise,
  reshape,
  resizeBilinear,
  slice,
  upsample2x2,
  type Tensor,
} from '../tensor/index.ts';
import type { Architecture } from './config.ts';
import { at, type Weights } from './weights.ts';

const EPS = 1e-6;

/** Image features [B, N, E] → normalised patch features [B, N−1, E] (the class token dropped). */
export function patchFeatures(imageFeatures: Tensor): Tensor {
  return normalise(slice(imageFeatures, 1, 1, imageFeatures.shape[1] as number));
}

/** Text features [B, E] → the query q = mask_head(t/‖t‖), [B, E]. */
export function maskQuery(textFeatures: Tensor, weights: Weights): Tensor {
  const w = at(weights, 'mask_head');
  const layer = (x: Tensor, i: number): Tensor => linear(x, w(`${i}.weight`), w(`${i}.bias`));
  return layer(gelu(layer(gelu(layer(normalise(textFeatures), 0)), 2)), 4);
}

/** Patch features [B, g², E] → feature map [B, g·2ⁿ, g·2ⁿ, E], n ScaleBlocks later. */
export function upscale(patches: Tensor, weights: Weights, a: Architecture): Tensor {
  const grid = a.image / a.patch;
  let map = reshape(patches, [patches.shape[0]!, grid, grid, a.joint]);
  for (let i = 0; i < a.numUpscale; i++) {
    const w = at(weights, `upscale.${i}`);
    map = gelu(upsample2x2(map, w('conv1.weight'), w('conv1.bias')));
    map = depthwise3x3(map, w('conv2.weight'));
    map = layerNorm(map, w('norm.weight'), w('norm.bias'), EPS);
  }
  return map;
}

/** Σ_e q_e F_e, resized to the image: map [B, h, w, E], query [B, E] → logits [B, H, W]. */
export function maskLogits(map: Tensor, query: Tensor, a: Architecture): Tensor {
  const batch = map.shape[0]!;
  const side = map.shape[1] as number;
  const flat = reshape(map, [batch, side * side, a.joint]);
  const scores = matmul(flat, reshape(query, [batch, a.joint, 1]));
  return resizeBilinear(reshape(scores, [batch, side, side]), a.image, a.image);
}
