import {
  add,
  constant,
  gather,
  layerNorm,
  matmul,
  pad,
  quickGelu,
  reshape,
  slice,
  sub,
  type Tensor,
} from '../tensor/index.ts';
import { CLIP_BLOCK, listBlock, transformerBlock } from './block.ts';
import { MASKED, type TextTower } from './text.ts';
import { at } from './weights.ts';

const EPS = 1e-5;
const TOWER = 'text_model';
const BLOCKS = `${TOWER}.transformer.resblocks`;
/** The published state dict has it under the name of the whole CLIP only. */
const WORDS = 'clip_model.token_embedding.weight';

/**
 * OpenAI's CLIP: pre-norm layers, every token attends to those before it, padding included; features
 * from the end token, which is the last of the mask.
 */
export const CLIP_TEXT: TextTower = {
  telling: { words: WORDS, positions: `${TOWER}.positional_embedding` },
  attendsToPadding: true,

  embed(ids, weights, a) {
    const positions = slice(weights(`${TOWER}.positional_embedding`), 0, 0, a.context);
    return add(gather(weights(WORDS), ids), positions);
  },

  bias(mask, shorten) {
    const length = mask.shape[1] as number;
    const values = Float32Array.from({ length: length ** 2 }, (_, i) =>
      i % length > Math.floor(i / length) ? MASKED : 0,
    );
    return shorten(shorten(constant(values, [1, 1, length, length]), 2), 3);
  },

  layer: (x, context, bias, weights, a, layer) =>
    transformerBlock(x, context, bias, at(weights, `${BLOCKS}.${layer}`), {
      names: CLIP_BLOCK,
      heads: a.textHeads,
      eps: EPS,
      activation: quickGelu,
    }),

  pick(text, mask, shorten) {
    const [batch, length] = mask.shape as [Tensor['shape'][number], number];
    // The mask less itself moved by one is 1 at the last token and 0 elsewhere.
    const last = shorten(sub(mask, pad(slice(mask, 1, 1, length), 1, 0, 1)), 1);
    return matmul(reshape(last, [batch, 1, last.shape[1]!]), text);
  },

  project(token, weights, a) {
    const w = at(weights, TOWER);
    const normed = layerNorm(token, w('ln_final.weight'), w('ln_final.bias'), EPS);
    return reshape(matmul(normed, w('text_projection')), [token.shape[0]!, a.joint]);
  },

  list(a, list) {
    list.put(WORDS, a.vocab, a.textWidth);
    list.put(`${TOWER}.positional_embedding`, a.maxPosition, a.textWidth);
    list.put(`${TOWER}.text_projection`, a.textWidth, a.joint);
    for (let i = 0; i < a.layers; i++) listBlock(`${BLOCKS}.${i}`, CLIP_BLOCK, a.textWidth, list);
    list.affine(`${TOWER}.ln_final`, a.textWidth);
  },
};
