import { gather, grad, input, type Tensor } from '../tensor/index.ts';
import type { AdapterNoise } from './adapter.ts';
import { visionTokens, type Architecture } from './config.ts';
import { encodeImage, encodeText, fuseAndSegment } from './forward.ts';
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
  const { logits, imageFeatures, textFeatures } = fuseAndSegment(
    gather(images, imageIndex),
    gather(texts, textIndex),
    gather(masks, textIndex),
    noiseInputs('batch', a),
    weights,
    a,
    input('real_tokens', [1], 'int64'),
  );
  return { logits, image_features: imageFeatures, text_features: textFeatures };
}

/**
 * Losses and their gradients for a fixed batch, from tokens before the first fusion. Outputs
 * loss.{bce,dice,contrastive,total} and grad.<name> for every trainable tensor.
 */
export function lossGraph(
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  batch: number,
  a: Architecture,
): Outputs {
  const image = input('image_tokens', [batch, visionTokens(a), a.visionWidth]);
  const text = input('text_tokens', [batch, a.context, a.textWidth]);
  return withGradients(image, text, weights, trainable, batch, a);
}

/** The same from images and token ids, for training the towers too (see `segmentationLoss`). */
export function towerLossGraph(
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  batch: number,
  a: Architecture,
  contrastiveWeight?: number,
): Outputs {
  const image = encodeImage(input('image', [batch, 3, a.image, a.image]), weights, a);
  const mask = input('text_mask', [batch, a.context]);
  const ids = input('token_ids', [batch, a.context], 'int64');
  const text = encodeText(ids, mask, weights, a);
  return withGradients(image, text, weights, trainable, batch, a, mask, contrastiveWeight);
}

function withGradients(
  image: Tensor,
  text: Tensor,
  weights: Weights,
  trainable: ReadonlyMap<string, Tensor>,
  batch: number,
  a: Architecture,
  mask = input('text_mask', [batch, a.context]),
  contrastiveWeight?: number,
): Outputs {
  const target = input('target', [batch, a.image, a.image]);
  const output = fuseAndSegment(image, text, mask, noiseInputs(batch, a), weights, a);
  const losses = segmentationLoss(output, target, a.temperature, contrastiveWeight);
  const names = [...trainable.keys()];
  const gradients = grad(losses.total, [...trainable.values()]);
  return {
    ...Object.fromEntries(Object.entries(losses).map(([name, t]) => [`loss.${name}`, t])),
    ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, gradients[i]!])),
  };
}
