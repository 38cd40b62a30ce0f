import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { BACKBONE_NAMES, type Architecture } from '../medclipseg/config.ts';
import { ADAPTERS_FILE, TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';

/** Bounds far beyond any model keep a hostile file from asking for endless work. */
const upTo = (most: number) => z.number().int().positive().max(most);
const WIDEST = 65_536;
const MOST_LAYERS = 512;

/** Sizes that fit together. */
export const ArchitectureSchema = z
  .object({
    backbone: z.enum(BACKBONE_NAMES).optional(),
    image: upTo(8192),
    patch: upTo(1024),
    visionWidth: upTo(WIDEST),
    visionHeads: upTo(WIDEST),
    textWidth: upTo(WIDEST),
    textHeads: upTo(WIDEST),
    layers: upTo(MOST_LAYERS),
    vocab: upTo(10_000_000),
    context: upTo(WIDEST),
    maxPosition: upTo(WIDEST),
    joint: upTo(WIDEST),
    adapter: upTo(WIDEST),
    fusionLayers: z.array(z.number().int().nonnegative()).max(MOST_LAYERS),
    numUpscale: z.number().int().nonnegative().max(8),
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
const positive = z.number().positive();
const percentile = z.number().min(0).max(100);

/** How values become 8-bit grey where the user gives no window. */
const WindowRule = z.union([
  z.object({ centre: z.number(), width: z.number().positive() }),
  /** Percentiles of the volume, 0 … 100. */
  z
    .object({ percentiles: z.tuple([percentile, percentile]) })
    .refine(({ percentiles: [low, high] }) => low < high, 'percentiles must ascend'),
  /** The series' own first window, else percentiles. */
  z.literal('series'),
]);

/** `acquired`: the plane of the series' own slices. */
const PlaneName = z.enum(['acquired', 'axial', 'coronal', 'sagittal']);
export type PlaneName = z.infer<typeof PlaneName>;

/** Version of model.json and lineage.json that is read and written. */
const FORMAT_VERSION = 1;

/**
 * Throws where a later application wrote this JSON, whatever else it holds.
 * @throws MarginaliaError `newer-format`
 */
export function refuseNewer(content: unknown, path: string): void {
  const version = (content as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version !== 'number' || version <= FORMAT_VERSION) return;
  throw new MarginaliaError(
    'newer-format',
    `${path} is of format version ${version}; this Marginalia reads version ${FORMAT_VERSION}.`,
    'Update Marginalia.',
  );
}

/** Of the frozen towers. Adapters and head are float32 in all. */
const Precision = z.enum(['fp32', 'fp16', 'int8']);
export type Precision = z.infer<typeof Precision>;

/** Every family has it: what all others are measured against. */
export const REFERENCE = 'fp32' satisfies Precision;

const fileName = z.string().regex(/^[A-Za-z0-9_-][\w.-]*$/, 'a file name without a path');

/** The reference need not be listed; without this field it is the only one. */
const Variants = z
  .array(z.object({ precision: Precision, file: fileName }))
  .refine(
    (list) => new Set(list.map(({ precision }) => precision)).size === list.length,
    'a precision may be listed once',
  )
  .refine(
    (list) => new Set(list.map(({ file }) => file)).size === list.length,
    'two precisions cannot share a file',
  )
  .refine(
    (list) =>
      list.every(({ precision, file }) => (precision === REFERENCE) === (file === WEIGHTS_FILE)),
    `${REFERENCE} is ${WEIGHTS_FILE}, and no other precision is`,
  )
  .refine(
    (list) => list.every(({ file }) => file !== ADAPTERS_FILE && file !== TOKENIZER_FILE),
    `${ADAPTERS_FILE} and ${TOKENIZER_FILE} are the same for all precisions`,
  );

const ModelFields = z.object({
  format: z.literal('marginalia-model'),
  formatVersion: z.literal(FORMAT_VERSION),
  name: z.string().min(1),
  version: z.string().min(1),
  description: z.string(),
  architecture: ArchitectureSchema,
  preprocessing: z.object({
    /** In which the three channels reach the model, and in which mean and deviation are given. */
    channelOrder: z.enum(['BGR', 'RGB']),
    /** OpenCV's INTER_LINEAR on 8-bit values: half-pixel centres, no antialiasing. */
    resize: z.literal('opencv-linear'),
    mean: triple,
    std: z.tuple([positive, positive, positive]),
    /** By DICOM modality; `default` for all others. */
    window: z
      .record(z.string(), WindowRule)
      .refine((w) => 'default' in w, 'window.default is missing'),
    /** Planes to look at volumes in, by modality; without: the plane of the slices. */
    planes: z.record(z.string(), z.array(PlaneName).min(1)).optional(),
  }),
  tokenizer: z.object({
    kind: z.enum(['wordpiece', 'bpe']),
    padId: z.number().int().nonnegative(),
  }),
  prompts: z.array(
    z.object({
      label: z.string(),
      prompt: z.string(),
      modality: z.string().optional(),
      /** Asked for in images of its modality where the user names no label. */
      byDefault: z.boolean().optional(),
      /** Value in a label map that the label should have. */
      value: z.number().int().min(1).max(65_535).optional(),
    }),
  ),
  licence: z.string(),
  /** Its adapters have learned nothing yet: it suggests only with learned ones in their place. */
  untrained: z.literal(true).optional(),
  provenance: z.record(z.string(), z.unknown()),
  /** Every file beside model.json, by its plain name. */
  files: z.record(
    fileName,
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number().int().nonnegative() }),
  ),
  variants: Variants.optional(),
});

export const ModelJson = ModelFields.refine(
  ({ tokenizer, architecture }) => tokenizer.padId < architecture.vocab,
  { path: ['tokenizer', 'padId'], error: 'must be a token of the vocabulary' },
).refine(({ variants = [], files }) => variants.every(({ file }) => file in files), {
  path: ['variants'],
  error: 'every file must be listed in files',
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

/** The first thing that a schema or the JSON parser finds wrong, in a line. */
export function describeProblem(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const issue = error.issues[0]!;
  const where = issue.path.join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}
