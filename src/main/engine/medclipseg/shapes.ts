import { backboneOf } from './backbone.ts';
import type { Architecture } from './config.ts';
import { createShapeList, type ShapeList } from './shape-list.ts';
import { listVision } from './vision.ts';

/**
 * Name and shape of every tensor of an architecture, by their published names. `logit_scale`, which no
 * part of the forward pass reads, is left out.
 */
export function tensorShapes(a: Architecture): ReadonlyMap<string, readonly number[]> {
  const { list, shapes } = createShapeList();
  const { vision, text } = backboneOf(a);
  listVision(vision, a, list);
  text.list(a, list);
  for (const i of [0, 2, 4]) list.dense(`mask_head.${i}`, a.joint, a.joint);
  for (let i = 0; i < a.numUpscale; i++) {
    list.put(`upscale.${i}.conv1.weight`, a.joint, a.joint, 2, 2);
    list.put(`upscale.${i}.conv1.bias`, a.joint);
    list.put(`upscale.${i}.conv2.weight`, a.joint, 1, 3, 3);
    list.affine(`upscale.${i}.norm`, a.joint);
  }
  a.fusionLayers.forEach((_, k) => listAdapter(`pvl_adapters.${k}`, a, list));
  return shapes;
}

function listAdapter(name: string, a: Architecture, { put, affine, dense }: ShapeList): void {
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
