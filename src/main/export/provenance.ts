import { z } from 'zod';

/** As the file has it: de-identified series carry identifiers that break the rules of DICOM. */
const uid = z.string();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

/** What a mask came from, complete enough to compute it again. Version 1 of the file's format. */
export const provenanceSchema = z.strictObject({
  format: z.literal('marginalia-provenance'),
  version: z.literal(1),
  notice: z.string(),
  application: z.strictObject({ name: z.literal('Marginalia'), version: z.string() }),
  /** When the result was written: ISO 8601, UTC. */
  created: z.iso.datetime(),
  source: z.strictObject({
    studyInstanceUid: uid,
    seriesInstanceUid: uid,
    /** In the order of the slices; one for a multi-frame object. */
    sopInstanceUids: z.array(uid).min(1),
    modality: z.string(),
  }),
  model: z.strictObject({
    name: z.string(),
    /** Of the bundle in this precision: all that shapes what it predicts but learned adapters. */
    sha256,
    /** Of the frozen towers. */
    precision: z.enum(['fp32', 'fp16', 'int8']),
    /** Of architecture, preprocessing, tokenizer and towers, whatever the precision and the adapters. */
    family: sha256,
    /** Null when the adapters are those that the bundle came with. */
    adapterVersion: z.string().nullable(),
    /** That logits were divided by; null without calibration. */
    temperature: z.number().positive().nullable(),
  }),
  labels: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.number().int().positive(),
        colour: z.string().regex(/^#[0-9a-f]{6}$/i),
        prompt: z.string(),
      }),
    )
    .min(1),
  /** Of the image as the model saw it, in rescaled units (DICOM PS3.3 C.11.2.1.2). */
  window: z.strictObject({ centre: z.number(), width: z.number().positive() }),
  sampling: z.strictObject({
    requested: count,
    /** Samples of every slice, in the order of `geometry`; fewer where the mean had settled. */
    usedPerSlice: z.array(count),
    seed: count,
    /** Planes that slices were cut in; several are fused by their certainty. */
    planes: z.array(z.string()).min(1),
    /** Which pieces of labels were kept: the largest, or from a volume on; null: all. */
    islands: z.string().nullable(),
    /** Change of the mean probability below which a slice counts as settled; null: never. */
    tolerance: z.number().nonnegative().nullable(),
    device: z.string(),
  }),
  uncertainty: z.strictObject({
    measure: z.string(),
    unit: z.literal('nat'),
    range: z.tuple([z.number(), z.number()]),
  }),
  /** Of the image, before its rows are stored bottom up for NIfTI. */
  geometry: z.strictObject({
    size: z.tuple([count, count, count]),
    /** Voxel to patient, LPS, mm, row-major; null where slices lie on no grid. */
    affineLps: z.array(z.number()).length(16).nullable(),
    /** How the grid of volumes differs from the slices of the series, or null. */
    resampled: z.string().nullable(),
    /** The grid of volumes where they alone were resampled: slices are counted as above all the same. */
    resampledGrid: z
      .strictObject({
        size: z.tuple([count, count, count]),
        affineLps: z.array(z.number()).length(16),
      })
      .optional(),
  }),
});

export type Provenance = z.infer<typeof provenanceSchema>;

export const RESEARCH_NOTICE =
  'For research use only. Not a medical device; not for diagnosis, treatment or any clinical use.';

/** What the values of uncertainty.nii.gz mean. */
export const UNCERTAINTY: Provenance['uncertainty'] = {
  measure: 'entropy of the mean probability, per voxel; the highest of all labels',
  unit: 'nat',
  range: [0, Math.LN2],
};

/** What the writer of a result adds by itself. */
type Constant = 'format' | 'version' | 'notice' | 'uncertainty';

/** A complete and checked record of what a result came from. */
export function buildProvenance(facts: Omit<Provenance, Constant>): Provenance {
  return provenanceSchema.parse({
    format: 'marginalia-provenance',
    version: 1,
    notice: RESEARCH_NOTICE,
    ...facts,
    uncertainty: UNCERTAINTY,
  } satisfies Provenance);
}
