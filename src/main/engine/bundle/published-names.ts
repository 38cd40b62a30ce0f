/**
 * How names of tensors in a checkpoint become those of the published MedCLIPSeg, the first rule that
 * fits. What no rule fits is of no use here.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^(vision_model|text_model|pvl_adapters|mask_head|upscale)\./, '$1.'],
  // Published checkpoints with CLIP's towers have these twice; only this one is here alone.
  [/^clip_model\.token_embedding\.weight$/, '$&'],
  // Towers alone, as open_clip (UniMedCLIP, BiomedCLIP) and OpenAI (CLIP, PubMedCLIP) name them.
  [/^visual\./, 'vision_model.'],
  [/^text(_encoder)?\./, 'text_model.'],
  [/^token_embedding\.weight$/, 'clip_model.$&'],
  [/^(transformer\.resblocks|ln_final)\./, 'text_model.$&'],
  [/^(positional_embedding|text_projection)$/, 'text_model.$&'],
];

/** For every published name that a checkpoint has, its name there. */
export function publishedNames(stored: Iterable<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of stored) {
    const rule = RULES.find(([pattern]) => pattern.test(name));
    if (rule !== undefined) names.set(name.replace(...rule), name);
  }
  return names;
}
