import { gather, grad, input, type Tensor } from '../tensor/index.ts';
import type { AdapterNoise } from './adapter.ts';
import { visionTokens, type Architecture } from './config.ts';
import { encodeImage, encodeText, firstFusion, fuse, segment, type Tokens } from './forward.ts';
import { segmentationLoss } from './losses.ts';
import type { Weights } from './weights.ts';

/** A graph by its named outputs. */
type Outputs = Record<string, Tensor>;

/** Name of the noise input of adapter `k`: as in the published fixtures. */
export const noiseName = (k: number, attention: 'img_to_txt' | 'txt_to_img'): string =>
  `eps.${k}.${attention}`;

function noiseInputs(batch: number | string, a: Architecture): AdapterNoise[] {
  return a.fusionLayers.map((_, k) => ({
    imgToTxt: input(noiseName(k, 'img_to_txt'), [batch, a.context, a.adapter]),
    txtToImg: input(noiseName(k, 'txt_to_img'), [batch, visionTokens(a), a.adapter]),
  }));
}

/** image [images, 3, H, W] → image_tokens [images, N, Dv]. */
export function imageGraph(weights: Weights, a: Architecture): Outputs {
  const image = input('image', ['images', 3, a.image, a.image]);
  return { image_tokens: encodeImage(image, weights, a) };
}

/** token_ids int64 and text_mask [prompts, T] → text_tokens [prompts, T, Dt]. */
export function textGraph(weights: Weights, a: Architecture): Outputs {
  const ids = input('token_ids', ['prompts', a.context], 'int64');
  const mask = input('text_mask', ['prompts', a.context]);
  return { text_tokens: encodeText(ids, mask, weights, a) };
}

/**
 * The part that every sample repeats. image_tokens [images, N, Dv] and text_tokens [prompts, T, Dt]
 * are picked for each item of the batch by image_index and text_index [batch]; real_tokens [1] is
 * the length of the longest prompt without padding.
 */
export function sampleGraph(weights: Weights, a: Architecture): Outputs {
  const images = input('image_tokens', ['images', visionTokens(a), a.visionWidth]);
  const texts = input('text_tokens', ['prompts', a.context, a.textWidth]);
  const masks = input('text_mask', ['prompts', a.context]);
  const imageIndex = input('image_index', ['batch'], 'int64');
  const textIndex = input('text_index', ['batch'], 'int64');
  const tokens = fuse(
    { image: gather(images, imageIndex), text: gather(texts, textIndex) },
    gather(masks, textIndex),
    noiseInputs('batch', a),
    weights,
    a,
    { realTokens: input('real_tokens', [1], 'int64') },
  );
  const { logits, imageFeatures, textFeatures } = segment(tokens, weights, a);
  return { logits, image_features: imageFeatures, text_features: textFeatures };
}

/**
 * Tokens before layer `to` of one image and one prompt with the noise of one draw, for learning
 * that changes nothing before that layer: image_tokens [1, N, Dv], text_tokens [1, T, Dt] and
 * text_mask [1, T] → later_image_tokens and later_text_tokens.
 */
export function prefixGraph(weights: Weights, a: Architecture, to: number): Outputs {
  const { image, text } = fuse(
    tokenInputs(1, a, firstFusion(a)),
    input('text_mask', [1, a.context]),
    noiseInputs(1, a),
    weights,
    a,
    { to },
  );
  return { later_image_tokens: image, later_text_tokens: text };
}

/** Tokens before layer `from`; behind the last one, text is its first token. */
function tokenInputs(batch: number, a: Architecture, from: number): Tokens {
  const length = from === a.layers ? 1 : a.context;
  return {
    image: input('image_tokens', [batch, visionTokens(a), a.visionWidth]),
    text: input('text_tokens', [batch, length, a.textWidth]),
  };
}

/**
 * Losses and their gradients for a fixed batch, from the tokens before layer `from` (the first
 * fusion or later; nothing trainable may lie before it). Outputs loss.{bce,dice,contrastive,total},
 * logits, and grad.<name> for every trainable tensor.
 */
export function lossGraph(
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  batch: number,
  a: Architecture,
  from: number = firstFusion(a),
): Outputs {
  const mask = input('text_mask', [batch, a.context]);
  return withGradients(tokenInputs(batch, a, from), mask, weights, trainable, a, from);
}

/** The same from images and token ids, for training the towers too (see `segmentationLoss`). */
export function towerLossGraph(
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  batch: number,
  a: Architecture,
  contrastiveWeight?: number,
): Outputs {
  const mask = input('text_mask', [batch, a.context]);
  const tokens: Tokens = {
    image: encodeImage(input('image', [batch, 3, a.image, a.image]), weights, a),
    text: encodeText(input('token_ids', [batch, a.context], 'int64'), mask, weights, a),
  };
  const from = firstFusion(a);
  return withGradients(tokens, mask, weights, trainable, a, from, contrastiveWeight);
}

function withGradients(
  tokens: Tokens,
  mask: Tensor,
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  a: Architecture,
  from: number,
  contrastiveWeight?: number,
): Outputs {
  const batch = mask.shape[0] as number;
  const target = input('target', [batch, a.image, a.image]);
  const fused = fuse(tokens, mask, noiseInputs(batch, a), weights, a, { from });
  const output = segment(fused, weights, a);
  const losses = segmentationLoss(output, target, a.temperature, contrastiveWeight);
  const names = [...trainable.keys()];
  const gradients = grad(losses.total, [...trainable.values()]);
  return {
    ...Object.fromEntries(Object.entries(losses).map(([name, t]) => [`loss.${name}`, t])),
    logits: output.logits,
    ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, gradients[i]!])),
  };
}
