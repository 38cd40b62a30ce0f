import { add, reshape, take, type Tensor } from '../tensor/index.ts';
import { pvlAdapter, type AdapterNoise } from './adapter.ts';
import { backboneOf, fusionsOf } from './backbone.ts';
import type { Architecture } from './config.ts';
import { maskLogits, maskQuery, patchFeatures, upscale } from './head.ts';
import { keyBias, type Shorten } from './text.ts';
import { embedImage, projectImage, visionBlock } from './vision.ts';
import type { Weights } from './weights.ts';

/**
 * Layers computed once per image and per prompt: those before the towers first meet. The last one
 * always comes later, because of its text only one token is needed.
 */
export function firstFusion(a: Architecture): number {
  return Math.min(fusionsOf(a)[0]?.layer ?? a.layers, a.layers - 1);
}

/** Image [B, 3, H, W] → its tokens before the first fusion [B, N, Dv]. */
export function encodeImage(image: Tensor, weights: Weights, a: Architecture): Tensor {
  const { vision } = backboneOf(a);
  let x = embedImage(vision, image, weights, a);
  for (let i = 0; i < firstFusion(a); i++) x = visionBlock(vision, x, weights, a, i);
  return x;
}

/** Token ids int64 [B, T], mask float [B, T] → text tokens before the first fusion [B, T, Dt]. */
export function encodeText(ids: Tensor, mask: Tensor, weights: Weights, a: Architecture): Tensor {
  const { text } = backboneOf(a);
  const bias = text.bias(mask, (t) => t);
  let x = text.embed(ids, weights, a);
  for (let i = 0; i < firstFusion(a); i++) x = text.layer(x, x, bias, weights, a, i);
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
  /** [B, T, Dt]; behind the last layer [B, 1, Dt], since only one token is read. */
  readonly text: Tensor;
}

export interface FuseOptions {
  /** First and last (exclusive) layer; default: from the first fusion to the end. */
  readonly from?: number;
  readonly to?: number;
  /**
   * int64 [1], for inference only: how many tokens the longest prompt has. Padding that the text tower
   * does not attend to is left out as keys, and behind the last adapter nobody reads any: leaving it
   * out there changes nothing but the time.
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
  const { vision, text: tower } = backboneOf(a);
  const real: Shorten = (t, axis) =>
    realTokens && t.shape[axis] === a.context ? take(t, axis, realTokens, 'real') : t;
  const contextBias = a.maskPadding ? reshape(keyBias(mask), [mask.shape[0]!, 1, a.context]) : null;
  const fusions = fusionsOf(a);
  const lastFusion = fusions.at(-1)?.layer ?? -1;
  const biases = new Map<Tensor['shape'][number], Tensor>();
  let { image, text } = tokens;
  for (let i = from; i < to; i++) {
    const context = text;
    if (i >= lastFusion) text = real(text, 1);
    const fusion = fusions.find(({ layer }) => layer === i);
    if (fusion !== undefined) {
      const k = fusion.adapter;
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
    image = visionBlock(vision, image, weights, a, i);
    const keys = tower.attendsToPadding ? text : real(text, 1);
    const length = keys.shape[1]!;
    const fit: Shorten = (t, axis) => (length === a.context ? t : real(t, axis));
    if (i === a.layers - 1) {
      // Of the last layer only one token is read, which attends to what the mask has up to it.
      const asked = tower.pick(text, mask, fit);
      text = tower.layer(asked, keys, keyBias(fit(mask, 1)), weights, a, i);
      continue;
    }
    if (!biases.has(length)) biases.set(length, tower.bias(mask, fit));
    text = tower.layer(text, keys, biases.get(length)!, weights, a, i);
  }
  return { image, text };
}

/** Tokens behind the last layer → logits (model.md, steps 4 and 5). */
export function segment({ image, text }: Tokens, weights: Weights, a: Architecture): Segmentation {
  const { vision, text: tower } = backboneOf(a);
  const imageFeatures = projectImage(vision, image, weights);
  const textFeatures = tower.project(text, weights, a);
  const patches = patchFeatures(imageFeatures);
  const map = upscale(patches, weights, a);
  const logits = maskLogits(map, maskQuery(textFeatures, weights), a);
  return { logits, imageFeatures, textFeatures, patches };
}
