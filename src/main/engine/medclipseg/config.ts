/** Whose towers: UniMedCLIP's; OpenAI's CLIP's or PubMedCLIP's; BiomedCLIP's. */
export const BACKBONE_NAMES = ['unimedclip', 'clip', 'biomedclip'] as const;
export type BackboneName = (typeof BACKBONE_NAMES)[number];

/**
 * Architecture of a MedCLIPSeg model (arXiv 2602.20423). Widths are channels,
 * sizes are pixels, `layers` is the depth of both towers.
 */
export interface Architecture {
  /** Default: unimedclip, the only one of bundles from before there were others. */
  readonly backbone?: BackboneName | undefined;
  /** Side of the square input image in pixels; a multiple of `patch`. */
  readonly image: number;
  readonly patch: number;
  readonly visionWidth: number;
  readonly visionHeads: number;
  readonly textWidth: number;
  readonly textHeads: number;
  readonly layers: number;
  readonly vocab: number;
  /** Prompt length in tokens, padding included: padding takes part, so a model fixes it. */
  readonly context: number;
  /** Rows of the position table, ≥ `context`. */
  readonly maxPosition: number;
  /** Joint width E of the two towers. */
  readonly joint: number;
  /** Adapter width C. */
  readonly adapter: number;
  /** Ascending layer indices before which a PVL adapter acts. */
  readonly fusionLayers: readonly number[];
  /** Number of ScaleBlocks (each doubles the patch grid). */
  readonly numUpscale: number;
  /** Weight of the uncertainty penalty in the attention scores; 0 gives plain attention. */
  readonly beta: number;
  /** Temperature τ of the contrastive loss. */
  readonly temperature: number;
  /** Published models let padding take part in the adapters; models trained here may mask it. */
  readonly maskPadding: boolean;
}

/** Vision tokens: the class token and one per patch. */
export function visionTokens(a: Architecture): number {
  return 1 + (a.image / a.patch) ** 2;
}

/** Hidden width of the text projection, ⌊(text width + joint)/2⌋. */
export function textProjectionWidth(a: Architecture): number {
  return Math.floor((a.textWidth + a.joint) / 2);
}

/** True for tensors that learning changes: adapters, mask head and upscaling. */
export function isTrainable(name: string): boolean {
  return /^(pvl_adapters|mask_head|upscale)\./.test(name);
}
