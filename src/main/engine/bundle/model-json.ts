import { z } from 'zod';
import type { Architecture } from '../medclipseg/config.ts';

const count = z.number().int().positive();

const ArchitectureSchema = z
  .object({
    image: count,
    patch: count,
    visionWidth: count,
    visionHeads: count,
    textWidth: count,
    textHeads: count,
    layers: count,
    vocab: count,
    context: count,
    maxPosition: count,
    joint: count,
    adapter: count,
    fusionLayers: z.array(z.number().int().nonnegative()),
    numUpscale: z.number().int().nonnegative(),
    beta: z.number(),
    temperature: z.number().positive(),
    maskPadding: z.boolean(),
  })
  .refine((a) => a.image % a.patch === 0, 'image must be a multiple of patch')
  .refine(
    (a) => a.visionWidth % a.visionHeads === 0,
    'visionWidth must be a multiple of visionHeads',
  )
  .refine((a) => a.textWidth % a.textHeads === 0, 'textWidth must be a multiple of textHeads')
  .refine((a) => a.maxPosition >= a.context, 'maxPosition must not be below context')
  .refine(
    ({ fusionLayers: f, layers }) => f.every((l, i) => l < layers && (i === 0 || l > f[i - 1]!)),
    'fusionLayers must ascend and lie below layers',
  ) satisfies z.ZodType<Architecture>;

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** How values become 8-bit grey where the user gives no window. */
const WindowRule = z.union([
  z.object({ centre: z.number(), width: z.number().positive() }),
  /** Percentiles of the volume, 0 … 100. */
  z.object({ percentiles: z.tuple([z.number(), z.number()]) }),
  /** The series' own first window, else percentiles. */
  z.literal('series'),
]);

export const ModelJson = z.object({
  format: z.literal('marginalia-model'),
  formatVersion: z.literal(1),
  name: z.string().min(1),
  version: z.string().min(1),
  description: z.string(),
  architecture: ArchitectureSchema,
  preprocessing: z.object({
    /** Order of the three channels that the mean and deviation are given for. */
    channelOrder: z.enum(['BGR', 'RGB']),
    /** OpenCV's INTER_LINEAR on 8-bit values: half-pixel centres, no antialiasing. */
    resize: z.literal('opencv-linear'),
    mean: triple,
    std: triple,
    /** By DICOM modality; `default` for all others. */
    window: z
      .record(z.string(), WindowRule)
      .refine((w) => 'default' in w, 'window.default is missing'),
  }),
  tokenizer: z.object({
    kind: z.enum(['wordpiece', 'bpe']),
    padId: z.number().int().nonnegative(),
  }),
  prompts: z.array(
    z.object({ label: z.string(), prompt: z.string(), modality: z.string().optional() }),
  ),
  licence: z.string(),
  provenance: z.record(z.string(), z.unknown()),
  files: z.record(
    z.string(),
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number().int().nonnegative() }),
  ),
});

export type ModelJson = z.infer<typeof ModelJson>;
export type WindowRule = z.infer<typeof WindowRule>;

/** What the published code does to an image file (model.md, “Image input”). */
export const PUBLISHED_PREPROCESSING: ModelJson['preprocessing'] = {
  channelOrder: 'BGR',
  resize: 'opencv-linear',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  window: { default: 'series' },
};
