import { add, reshape, slice, take, type Tensor } from '../tensor/index.ts';
import { pvlAdapter, type AdapterNoise } from './adapter.ts';
import type { Architecture } from './config.ts';
import { maskLogits, maskQuery, patchFeatures, upscale } from './head.ts';
import { keyBias, embedText, projectText, textLayer } from './text.ts';
import { embedImage, projectImage, visionBlock } from './vision.ts';
import type { Weights } from './weights.ts';

/**
 * Layers computed once per image and per prompt: those before the towers first meet. The last one
 * always comes later, because of its text only the first token is needed.
 */
export function firstFusion(a: Architecture): number {
  return Math.min(a.fusionLayers[0] ?? a.layers, a.layers - 1);
}

/** Image [B, 3, H, W] → its tokens before the first fusion [B, N, Dv]. */
export function encodeImage(image: Tensor, weights: Weights, a: Architecture): Tensor {
  let x = embedImage(image, weights, a);
  for (let i = 0; i < firstFusion(a); i++) x = visionBlock(x, weights, a, i);
  return x;
}

/** Token ids int64 [B, T], mask float [B, T] → text tokens before the first fusion [B, T, Dt]. */
export function encodeText(ids: Tensor, mask: Tensor, weights: Weights, a: Architecture): Tensor {
  const bias = keyBias(mask);
  let x = embedText(ids, weights, a);
  for (let i = 0; i < firstFusion(a); i++) x = textLayer(x, x, bias, weights, a, i);
  return x;
}

export interface Segmentation {
  /** [B, H, W] */
  readonly logits: Tensor;
  /** [B, N, E], class token first. */
  readonly imageFeatures: Tensor;
  /** [B, E] */
  readonly textFeatures: Tensor;
  /** Normalised patch features [B, N−1, E]. */
  readonly patches: Tensor;
}

/** Tokens of both towers between two layers. */
export interface Tokens {
  /** [B, N, Dv] */
  readonly image: Tensor;
  /** [B, T, Dt]; behind the last layer [B, 1, Dt], since only the first token is read. */
  readonly text: Tensor;
}

export interface FuseOptions {
  /** First and last (exclusive) layer; default: from the first fusion to the end. */
  readonly from?: number;
  readonly to?: number;
  /**
   * int64 [1], for inference only: how many tokens the longest prompt has. As keys of the text
   * tower, padding is masked, and behind the last adapter nobody reads it: leaving it out there
   * changes nothing but the time.
   */
  readonly realTokens?: Tensor;
}

/**
 * The layers in which the towers meet (model.md, step 3). One noise per adapter of the model; null
 * is the mean pass.
 * @param mask [B, T], 1 for tokens and 0 for padding.
 */
export function fuse(
  tokens: Tokens,
  mask: Tensor,
  noise: readonly AdapterNoise[] | null,
  weights: Weights,
  a: Architecture,
  { from = firstFusion(a), to = a.layers, realTokens }: FuseOptions = {},
): Tokens {
  const real = (t: Tensor): Tensor =>
    realTokens && t.shape[1] === a.context ? take(t, 1, realTokens, 'real') : t;
  const bias = keyBias(real(mask));
  const contextBias = a.maskPadding ? reshape(keyBias(mask), [mask.shape[0]!, 1, a.context]) : null;
  const lastFusion = a.fusionLayers.at(-1) ?? -1;
  let { image, text } = tokens;
  for (let i = from; i < to; i++) {
    const k = a.fusionLayers.indexOf(i);
    const context = text;
    if (i >= lastFusion) text = real(text);
    if (k >= 0) {
      const update = pvlAdapter(
        { image, text, context },
        noise?.[k] ?? null,
        contextBias,
        weights,
        a,
        k,
      );
      image = add(image, update.image);
      text = add(text, update.text);
    }
    image = visionBlock(image, weights, a, i);
    // Of the last layer only the first token is read.
    const asked = i === a.layers - 1 ? slice(text, 1, 0, 1) : text;
    text = textLayer(asked, real(text), bias, weights, a, i);
  }
  return { image, text };
}

/** Tokens behind the last layer → logits (model.md, steps 4 and 5). */
export function segment({ image, text }: Tokens, weights: Weights, a: Architecture): Segmentation {
  const imageFeatures = projectImage(image, weights);
  const textFeatures = projectText(text, weights, a);
  const patches = patchFeatures(imageFeatures);
  const map = upscale(patches, weights, a);
  const logits = maskLogits(map, maskQuery(textFeatures, weights), a);
  return { logits, imageFeatures, textFeatures, patches };
}
