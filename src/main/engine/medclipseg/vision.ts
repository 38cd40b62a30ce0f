import {
  add,
  gelu,
  layerNorm,
  linear,
  matmul,
  pad,
  patchEmbed,
  quickGelu,
  reshape,
  type Tensor,
} from '../tensor/index.ts';
import {
  CLIP_BLOCK,
  listBlock,
  TIMM_BLOCK,
  transformerBlock,
  valuesOfBlock,
  type BlockNames,
} from './block.ts';
import { visionTokens, type Architecture } from './config.ts';
import type { ShapeList } from './shape-list.ts';
import { at, type Weights } from './weights.ts';

/** What tells one vision transformer from another. Names are below `vision_model`. */
export interface VisionTower {
  /** Convolution that makes the patches, and whether it has a bias. */
  readonly patches: { readonly name: string; readonly bias: boolean };
  /** Tensors with leading axes of size 1 that are stored along. */
  readonly classToken: { readonly name: string; readonly lead: readonly number[] };
  readonly positions: { readonly name: string; readonly lead: readonly number[] };
  /** Normalisation before the first block, if there is one. */
  readonly normBefore: string | null;
  /** Blocks are called `<blocks>.<number>`. */
  readonly blocks: string;
  readonly names: BlockNames;
  /** The last block as a whole, or only the values of its attention (see `valuesOfBlock`). */
  readonly lastBlock: 'whole' | 'values';
  readonly normAfter: string;
  /** Into the joint width, without bias: a matrix [D, E], or a linear layer's weight [E, D]. */
  readonly projection: { readonly name: string; readonly kind: 'matrix' | 'linear' };
  readonly eps: number;
  readonly activation: (x: Tensor) => Tensor;
}

/** UniMedCLIP, trained from OpenAI's CLIP. */
export const CLIP_VISION: VisionTower = {
  patches: { name: 'conv1', bias: false },
  classToken: { name: 'class_embedding', lead: [] },
  positions: { name: 'positional_embedding', lead: [] },
  normBefore: 'ln_pre',
  blocks: 'transformer.resblocks',
  names: CLIP_BLOCK,
  lastBlock: 'whole',
  normAfter: 'ln_post',
  projection: { name: 'proj', kind: 'matrix' },
  eps: 1e-5,
  activation: quickGelu,
};

/**
 * OpenAI's CLIP and PubMedCLIP: what their last block does for the class token says little of a
 * patch, so patches skip it.
 */
export const DENSE_CLIP_VISION: VisionTower = { ...CLIP_VISION, lastBlock: 'values' };

/** timm's ViT below open_clip's projection (BiomedCLIP). */
export const TIMM_VISION: VisionTower = {
  patches: { name: 'trunk.patch_embed.proj', bias: true },
  classToken: { name: 'trunk.cls_token', lead: [1, 1] },
  positions: { name: 'trunk.pos_embed', lead: [1] },
  normBefore: null,
  blocks: 'trunk.blocks',
  names: TIMM_BLOCK,
  lastBlock: 'whole',
  normAfter: 'trunk.norm',
  projection: { name: 'head.proj.weight', kind: 'linear' },
  eps: 1e-6,
  activation: gelu,
};

const TOWER = 'vision_model';

/** Tensors that tell the tower's sizes: [Dv, 3, p, p], […, N, Dv], the projection; and its blocks' prefix. */
export function tellingVision(tower: VisionTower): {
  readonly patches: string;
  readonly positions: string;
  readonly projection: string;
  readonly blocks: string;
} {
  return {
    patches: `${TOWER}.${tower.patches.name}.weight`,
    positions: `${TOWER}.${tower.positions.name}`,
    projection: `${TOWER}.${tower.projection.name}`,
    blocks: `${TOWER}.${tower.blocks}.`,
  };
}

const norm = (x: Tensor, w: Weights, name: string, eps: number): Tensor =>
  layerNorm(x, w(`${name}.weight`), w(`${name}.bias`), eps);

/** Image [B, 3, H, W] → the tokens that enter the first block [B, N, Dv], class token first. */
export function embedImage(
  tower: VisionTower,
  image: Tensor,
  weights: Weights,
  a: Architecture,
): Tensor {
  const w = at(weights, TOWER);
  const { patches, classToken, positions, normBefore, eps } = tower;
  const bare = patchEmbed(image, w(`${patches.name}.weight`));
  const embedded = patches.bias ? add(bare, w(`${patches.name}.bias`)) : bare;
  const tokens = visionTokens(a);
  // The class token is a row of zeros to which its embedding is added along with the positions.
  const classRow = pad(reshape(w(classToken.name), [1, a.visionWidth]), 0, 0, tokens - 1);
  const table = reshape(w(positions.name), [tokens, a.visionWidth]);
  const x = add(pad(embedded, 1, 1, 0), add(table, classRow));
  return normBefore === null ? x : norm(x, w, normBefore, eps);
}

/** x [B, N, Dv] → [B, N, Dv]. */
export function visionBlock(
  tower: VisionTower,
  x: Tensor,
  weights: Weights,
  a: Architecture,
  layer: number,
): Tensor {
  const block = at(weights, `${TOWER}.${tower.blocks}.${layer}`);
  if (layer === a.layers - 1 && tower.lastBlock === 'values') return valuesOfBlock(x, block, tower);
  return transformerBlock(x, x, null, block, { ...tower, heads: a.visionHeads });
}

/** Tokens behind the last block [B, N, Dv] → image features [B, N, E], the class token's included. */
export function projectImage(tower: VisionTower, x: Tensor, weights: Weights): Tensor {
  const w = at(weights, TOWER);
  const { name, kind } = tower.projection;
  const normed = norm(x, w, tower.normAfter, tower.eps);
  return kind === 'matrix' ? matmul(normed, w(name)) : linear(normed, w(name));
}

/** Names and shapes of the tower's tensors. */
export function listVision(tower: VisionTower, a: Architecture, list: ShapeList): void {
  const d = a.visionWidth;
  const { patches, classToken, positions, projection } = tower;
  list.put(`${TOWER}.${classToken.name}`, ...classToken.lead, d);
  list.put(`${TOWER}.${positions.name}`, ...positions.lead, visionTokens(a), d);
  const matrix = projection.kind === 'matrix' ? [d, a.joint] : [a.joint, d];
  list.put(`${TOWER}.${projection.name}`, ...matrix);
  list.put(`${TOWER}.${patches.name}.weight`, d, 3, a.patch, a.patch);
  if (patches.bias) list.put(`${TOWER}.${patches.name}.bias`, d);
  if (tower.normBefore !== null) list.affine(`${TOWER}.${tower.normBefore}`, d);
  for (let i = 0; i < a.layers; i++)
    listBlock(`${TOWER}.${tower.blocks}.${i}`, tower.names, d, list);
  list.affine(`${TOWER}.${tower.normAfter}`, d);
}
