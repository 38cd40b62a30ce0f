import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const score = z.object({ dice: z.number(), nsd: z.number() });

const reliability = z.object({
  expectedError: z.number(),
  reliability: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      count,
      confidence: z.number(),
      frequency: z.number(),
    }),
  ),
});

/** One temperature for all prompts, and how well probabilities fitted without and with it. */
const Calibration = z.object({
  temperature: z.number().positive(),
  outcome: z.enum(['fitted', 'at-limit', 'undetermined']),
  pixels: count,
  before: reliability,
  after: reliability,
});

export type Calibration = z.infer<typeof Calibration>;

/** What a version of the adapters came from, complete enough to learn it again. Version 1. */
export const Lineage = z.object({
  format: z.literal('marginalia-adapters'),
  formatVersion: z.literal(1),
  /** The first digits of the sha256 of the adapters: equal weights are one version. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().min(1),
  /** ISO 8601, UTC. */
  created: z.iso.datetime(),
  application: z.object({ name: z.literal('Marginalia'), version: z.string() }),
  /**
   * The bundle whose adapters these replace, and the family that they belong to, which lineages from
   * before there were families do not name.
   */
  base: z.object({ name: z.string(), sha256, family: sha256.optional() }),
  /** Version that learning started from; null is the bundle itself. */
  parent: z.string().nullable(),
  adapters: z.object({ sha256, bytes: count }),
  slices: z.array(
    z.object({
      name: z.string(),
      /** Of the image, the window, the prompts and the masks. */
      sha256,
      role: z.enum(['training', 'validation']),
      prompts: z.array(z.string()),
    }),
  ),
  settings: z.record(z.string(), z.unknown()),
  device: z.string(),
  seconds: z.number(),
  curve: z.array(
    z.object({
      step: count,
      bce: z.number(),
      dice: z.number(),
      contrastive: z.number(),
      total: z.number(),
      validationDice: z.number().optional(),
    }),
  ),
  /** On the validation slices, as the user sees them; null where there was none. */
  judgement: z
    .object({
      before: score,
      after: score,
      /** True where the user kept it although it was not better. */
      overruled: z.boolean(),
    })
    .nullable(),
  /** Fitted and measured on the validation slices; null where there was none. */
  calibration: Calibration.nullable(),
});

export type Lineage = z.infer<typeof Lineage>;
