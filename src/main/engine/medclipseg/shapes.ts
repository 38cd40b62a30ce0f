import { textProjectionWidth, visionTokens, type Architecture } from './config.ts';

/**
 * Name and shape of every tensor of an architecture, in the order of the published state dict.
 * `logit_scale`, which no part of the forward pass reads, is left out.
 */
export function tensorShapes(a: Architecture): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const put = (name: string, ...shape: number[]): void => void shapes.set(name, shape);
  const affine = (name: string, width: number): void => {
    put(`${name}.weight`, width);
    put(`${name}.bias`, width);
  };
  const dense = (name: string, from: number, to: number): void => {
    put(`${name}.weight`, to, from);
    put(`${name}.bias`, to);
  };
  vision(a, put, affine, dense);
  text(a, put, affine, dense);
  for (const i of [0, 2, 4]) dense(`mask_head.${i}`, a.joint, a.joint);
  for (let i = 0; i < a.numUpscale; i++) {
    put(`upscale.${i}.conv1.weight`, a.joint, a.joint, 2, 2);
    put(`upscale.${i}.conv1.bias`, a.joint);
    put(`upscale.${i}.conv2.weight`, a.joint, 1, 3, 3);
    affine(`upscale.${i}.norm`, a.joint);
  }
  a.fusionLayers.forEach((_, k) => adapter(a, `pvl_adapters.${k}`, put, affine, dense));
  return shapes;
}

type Put = (name: string, ...shape: number[]) => void;
type Affine = (name: string, width: number) => void;
type Dense = (name: string, from: number, to: number) => void;

function vision(a: Architecture, put: Put, affine: Affine, dense: Dense): void {
  const d = a.visionWidth;
  put('vision_model.class_embedding', d);
  put('vision_model.positional_embedding', visionTokens(a), d);
  put('vision_model.proj', d, a.joint);
  put('vision_model.conv1.weight', d, 3, a.patch, a.patch);
  affine('vision_model.ln_pre', d);
  for (let i = 0; i < a.layers; i++) {
    const block = `vision_model.transformer.resblocks.${i}`;
    put(`${block}.attn.in_proj_weight`, 3 * d, d);
    put(`${block}.attn.in_proj_bias`, 3 * d);
    dense(`${block}.attn.out_proj`, d, d);
    affine(`${block}.ln_1`, d);
    dense(`${block}.mlp.c_fc`, d, 4 * d);
    dense(`${block}.mlp.c_proj`, 4 * d, d);
    affine(`${block}.ln_2`, d);
  }
  affine('vision_model.ln_post', d);
}

function text(a: Architecture, put: Put, affine: Affine, dense: Dense): void {
  const d = a.textWidth;
  const embeddings = 'text_model.transformer.embeddings';
  put(`${embeddings}.word_embeddings.weight`, a.vocab, d);
  put(`${embeddings}.position_embeddings.weight`, a.maxPosition, d);
  put(`${embeddings}.token_type_embeddings.weight`, 2, d);
  affine(`${embeddings}.LayerNorm`, d);
  for (let i = 0; i < a.layers; i++) {
    const layer = `text_model.transformer.encoder.layer.${i}`;
    for (const name of ['query', 'key', 'value']) dense(`${layer}.attention.self.${name}`, d, d);
    dense(`${layer}.attention.output.dense`, d, d);
    affine(`${layer}.attention.output.LayerNorm`, d);
    dense(`${layer}.intermediate.dense`, d, 4 * d);
    dense(`${layer}.output.dense`, 4 * d, d);
    affine(`${layer}.output.LayerNorm`, d);
  }
  put('text_model.proj.0.weight', textProjectionWidth(a), d);
  put('text_model.proj.2.weight', a.joint, textProjectionWidth(a));
}

function adapter(a: Architecture, name: string, put: Put, affine: Affine, dense: Dense): void {
  const c = a.adapter;
  put(`${name}.proj_vis_down.0.weight`, c, a.visionWidth);
  put(`${name}.proj_txt_down.weight`, c, a.textWidth);
  put(`${name}.proj_vis_up.weight`, a.visionWidth, c);
  put(`${name}.proj_txt_up.weight`, a.textWidth, c);
  for (const direction of ['img_to_txt', 'txt_to_img']) {
    const attention = `${name}.two_way.cross_attn_${direction}`;
    put(`${attention}.gate`, 1);
    dense(`${attention}.q_proj`, c, c);
    dense(`${attention}.k_proj`, c, 2 * c);
    dense(`${attention}.v_proj`, c, 2 * c);
    dense(`${attention}.out_proj`, c, c);
    affine(`${attention}.norm_k`, c);
    affine(`${attention}.norm_v`, c);
  }
}
