import {
  add,
  gather,
  gelu,
  layerNorm,
  linear,
  multiHeadAttention,
  reshape,
  scale,
  shift,
  slice,
  type Tensor,
} from '../tensor/index.ts';
import type { Architecture } from './config.ts';
import { at, type Weights } from './weights.ts';

const EPS = 1e-12;
/** Added to the scores of padding keys: e^(−10⁴) is zero in float32. */
const MASKED = -1e4;

const norm = (x: Tensor, w: Weights, name: string): Tensor =>
  layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), EPS);

/** BERT embeddings: token ids int64 [B, T] → [B, T, Dt]. */
export function embedText(ids: Tensor, weights: Weights, a: Architecture): Tensor {
  const w = at(weights, 'text_model.transformer.embeddings');
  const positions = slice(w('position_embeddings.weight'), 0, 0, a.context);
  const type = slice(w('token_type_embeddings.weight'), 0, 0, 1);
  const words = gather(w('word_embeddings.weight'), ids);
  return norm(add(words, add(positions, type)), w, 'LayerNorm');
}

/** Attention mask float [B, T], 1 for tokens and 0 for padding → what keys add to scores, [B, 1, 1, T]. */
export function keyBias(mask: Tensor): Tensor {
  return reshape(scale(shift(mask, -1), -MASKED), [mask.shape[0]!, 1, 1, mask.shape[1]!]);
}

/**
 * Post-norm BERT layer for the tokens `x` [B, n, Dt] that attend to `context` [B, m, Dt] with
 * `bias` [B, 1, n or 1, m] added to the scores → [B, n, Dt].
 */
export function textLayer(
  x: Tensor,
  context: Tensor,
  bias: Tensor,
  weights: Weights,
  a: Architecture,
  layer: number,
): Tensor {
  const w = at(weights, `text_model.transformer.encoder.layer.${layer}`);
  const project = (t: Tensor, name: string): Tensor =>
    linear(t, w(`${name}.weight`), w(`${name}.bias`));
  const attended = multiHeadAttention(
    project(x, 'attention.self.query'),
    project(context, 'attention.self.key'),
    project(context, 'attention.self.value'),
    a.textHeads,
    bias,
  );
  const mixed = norm(
    add(project(attended, 'attention.output.dense'), x),
    w,
    'attention.output.LayerNorm',
  );
  const hidden = gelu(project(mixed, 'intermediate.dense'));
  return norm(add(project(hidden, 'output.dense'), mixed), w, 'output.LayerNorm');
}

/** The first token [B, 1, Dt] → text features [B, E]. */
export function projectText(first: Tensor, weights: Weights, a: Architecture): Tensor {
  const w = at(weights, 'text_model.proj');
  const features = linear(gelu(linear(first, w('0.weight'))), w('2.weight'));
  return reshape(features, [features.shape[0]!, a.joint]);
}
