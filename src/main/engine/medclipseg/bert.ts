import {
  add,
  gather,
  gelu,
  layerNorm,
  linear,
  multiHeadAttention,
  reshape,
  slice,
  type Tensor,
} from '../tensor/index.ts';
import { textProjectionWidth } from './config.ts';
import { keyBias, type TextTower } from './text.ts';
import { at, type Weights } from './weights.ts';

const EPS = 1e-12;
const EMBEDDINGS = 'text_model.transformer.embeddings';
const LAYER = 'text_model.transformer.encoder.layer';
const PROJECTION = 'text_model.proj';

const norm = (x: Tensor, w: Weights, name: string): Tensor =>
  layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), EPS);

/** BERT: post-norm layers, padding masked as keys, features from the first token. */
export const BERT: TextTower = {
  telling: {
    words: `${EMBEDDINGS}.word_embeddings.weight`,
    positions: `${EMBEDDINGS}.position_embeddings.weight`,
  },
  attendsToPadding: false,

  embed(ids, weights, a) {
    const w = at(weights, EMBEDDINGS);
    const positions = slice(w('position_embeddings.weight'), 0, 0, a.context);
    const type = slice(w('token_type_embeddings.weight'), 0, 0, 1);
    const words = gather(w('word_embeddings.weight'), ids);
    return norm(add(words, add(positions, type)), w, 'LayerNorm');
  },

  bias: (mask, shorten) => keyBias(shorten(mask, 1)),

  layer(x, context, bias, weights, a, layer) {
    const w = at(weights, `${LAYER}.${layer}`);
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
  },

  pick: (text) => slice(text, 1, 0, 1),

  project(token, weights, a) {
    const w = at(weights, PROJECTION);
    const features = linear(gelu(linear(token, w('0.weight'))), w('2.weight'));
    return reshape(features, [features.shape[0]!, a.joint]);
  },

  list(a, { put, affine, dense }) {
    const d = a.textWidth;
    put(`${EMBEDDINGS}.word_embeddings.weight`, a.vocab, d);
    put(`${EMBEDDINGS}.position_embeddings.weight`, a.maxPosition, d);
    put(`${EMBEDDINGS}.token_type_embeddings.weight`, 2, d);
    affine(`${EMBEDDINGS}.LayerNorm`, d);
    for (let i = 0; i < a.layers; i++) {
      const layer = `${LAYER}.${i}`;
      for (const name of ['query', 'key', 'value']) dense(`${layer}.attention.self.${name}`, d, d);
      dense(`${layer}.attention.output.dense`, d, d);
      affine(`${layer}.attention.output.LayerNorm`, d);
      dense(`${layer}.intermediate.dense`, d, 4 * d);
      dense(`${layer}.output.dense`, 4 * d, d);
      affine(`${layer}.output.LayerNorm`, d);
    }
    put(`${PROJECTION}.0.weight`, textProjectionWidth(a), d);
    put(`${PROJECTION}.2.weight`, a.joint, textProjectionWidth(a));
  },
};
