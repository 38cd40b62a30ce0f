import { add, layerNorm, linear, multiHeadAttention, slice, type Tensor } from '../tensor/index.ts';
import type { ShapeList } from './shape-list.ts';
import type { Weights } from './weights.ts';

/** Names of the tensors of a pre-norm transformer block, below the block's own. */
export interface BlockNames {
  readonly norm1: string;
  /** Weight [3D, D] and bias [3D]: queries, then keys, then values. */
  readonly qkv: { readonly weight: string; readonly bias: string };
  readonly out: string;
  readonly norm2: string;
  readonly up: string;
  readonly down: string;
}

/** As OpenAI's CLIP and open_clip name them. */
export const CLIP_BLOCK: BlockNames = {
  norm1: 'ln_1',
  qkv: { weight: 'attn.in_proj_weight', bias: 'attn.in_proj_bias' },
  out: 'attn.out_proj',
  norm2: 'ln_2',
  up: 'mlp.c_fc',
  down: 'mlp.c_proj',
};

/** As timm names them. */
export const TIMM_BLOCK: BlockNames = {
  norm1: 'norm1',
  qkv: { weight: 'attn.qkv.weight', bias: 'attn.qkv.bias' },
  out: 'attn.proj',
  norm2: 'norm2',
  up: 'mlp.fc1',
  down: 'mlp.fc2',
};

export interface BlockOptions {
  readonly names: BlockNames;
  readonly heads: number;
  readonly eps: number;
  readonly activation: (x: Tensor) => Tensor;
}

/**
 * Pre-norm transformer block for the tokens `x` [B, n, D] that attend to `context` [B, m, D], which
 * may be `x` itself, with `bias` [B or 1, 1, n or 1, m] added to the scores → [B, n, D].
 */
export function transformerBlock(
  x: Tensor,
  context: Tensor,
  bias: Tensor | null,
  w: Weights,
  { names, heads, eps, activation }: BlockOptions,
): Tensor {
  const d = x.shape.at(-1) as number;
  const norm = (t: Tensor, name: string): Tensor =>
    layerNorm(t, w(`${name}.weight`), w(`${name}.bias`), eps);
  const dense = (t: Tensor, name: string): Tensor =>
    linear(t, w(`${name}.weight`), w(`${name}.bias`));
  const asking = norm(x, names.norm1);
  const asked = x === context ? asking : norm(context, names.norm1);
  const [q, k, v] = [asking, asked, asked].map((t, i) =>
    linear(
      t,
      slice(w(names.qkv.weight), 0, i * d, (i + 1) * d),
      slice(w(names.qkv.bias), 0, i * d, (i + 1) * d),
    ),
  );
  const mixed = add(x, dense(multiHeadAttention(q!, k!, v!, heads, bias), names.out));
  return add(mixed, dense(activation(dense(norm(mixed, names.norm2), names.up)), names.down));
}

/**
 * What a block's attention gives where every token attends to itself alone, without the block's
 * residual connection and perceptron (MaskCLIP, Zhou et al. 2022): x [B, N, D] → [B, N, D].
 */
export function valuesOfBlock(
  x: Tensor,
  w: Weights,
  { names, eps }: Pick<BlockOptions, 'names' | 'eps'>,
): Tensor {
  const d = x.shape.at(-1) as number;
  const normed = layerNorm(x, w(`${names.norm1}.weight`), w(`${names.norm1}.bias`), eps);
  const values = linear(
    normed,
    slice(w(names.qkv.weight), 0, 2 * d, 3 * d),
    slice(w(names.qkv.bias), 0, 2 * d, 3 * d),
  );
  return linear(values, w(`${names.out}.weight`), w(`${names.out}.bias`));
}

/** Tensors of a block called `block` of width `d`. */
export function listBlock(
  block: string,
  { norm1, qkv, out, norm2, up, down }: BlockNames,
  d: number,
  list: ShapeList,
): void {
  list.put(`${block}.${qkv.weight}`, 3 * d, d);
  list.put(`${block}.${qkv.bias}`, 3 * d);
  list.dense(`${block}.${out}`, d, d);
  list.affine(`${block}.${norm1}`, d);
  list.dense(`${block}.${up}`, d, 4 * d);
  list.dense(`${block}.${down}`, 4 * d, d);
  list.affine(`${block}.${norm2}`, d);
}
