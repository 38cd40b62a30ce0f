import {
  add,
  constant,
  gather,
  gelu,
  layerNorm,
  linear,
  multiHeadAttention,
  mul,
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
 * Post-norm BERT layer: x [B, T, Dt] → [B, T, Dt], or → [B, 1, Dt] when `firstOnly`: of the last
 * layer nobody reads more than the first token, which attends to all.
 */
export function textLayer(
  x: Tensor,
  bias: Tensor,
  weights: Weights,
  a: Architecture,
  layer: number,
  firstOnly = false,
): Tensor {
  const w = at(weights, `text_model.transformer.encoder.layer.${layer}`);
  const project = (t: Tensor, name: string): Tensor =>
    linear(t, w(`${name}.weight`), w(`${name}.bias`));
  const from = firstOnly ? slice(x, 1, 0, 1) : x;
  const queries = from.shape[1] as number;
  const attended = multiHeadAttention(
    project(from, 'attention.self.query'),
    project(x, 'attention.self.key'),
    project(x, 'attention.self.value'),
    a.textHeads,
    // The fused operator broadcasts over batch and heads only, not over queries.
    mul(bias, constant(new Float32Array(queries).fill(1), [1, 1, queries, 1])),
  );
  const mixed = norm(
    add(project(attended, 'attention.output.dense'), from),
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
