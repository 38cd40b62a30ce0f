import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { BACKBONE_NAMES, type Architecture } from '../medclipseg/config.ts';
import { readText } from './file-errors.ts';
import { ArchitectureSchema, describeProblem } from './model-json.ts';

const number = z.number();

/** config.json of a published checkpoint; ArchitectureSchema judges its values. */
const PublishedConfig = z
  .object({
    backbone: z.enum(BACKBONE_NAMES).optional(),
    image: number,
    patch: number,
    vision_width: number,
    vision_heads: number,
    text_width: number,
    text_heads: number,
    layers: number,
    vocab: number,
    context: number,
    max_position: number.optional(),
    joint: number,
    adapter: number,
    fusion_layers: z.array(number),
    num_upscale: number,
    beta: number,
    temperature: number,
  })
  .transform((c): Architecture => ({
    ...(c.backbone !== undefined && { backbone: c.backbone }),
    image: c.image,
    patch: c.patch,
    visionWidth: c.vision_width,
    visionHeads: c.vision_heads,
    textWidth: c.text_width,
    textHeads: c.text_heads,
    layers: c.layers,
    vocab: c.vocab,
    context: c.context,
    maxPosition: c.max_position ?? c.context,
    joint: c.joint,
    adapter: c.adapter,
    fusionLayers: c.fusion_layers,
    numUpscale: c.num_upscale,
    beta: c.beta,
    temperature: c.temperature,
    maskPadding: false,
  }))
  .pipe(ArchitectureSchema);

/** @throws MarginaliaError `no-such-file`, `bad-config` */
export function readPublishedConfig(path: string): Architecture {
  const text = readText(path);
  try {
    return PublishedConfig.parse(JSON.parse(text));
  } catch (error) {
    throw new MarginaliaError(
      'bad-config',
      `${path} does not describe an architecture: ${describeProblem(error)}.`,
      'It must be a JSON object with image, patch, vision_width, vision_heads, text_width, text_heads, layers, vocab, context, joint, adapter, fusion_layers, num_upscale, beta and temperature.',
    );
  }
}
