import { z } from 'zod';
import { Device, ErrorReport } from './entities.ts';

/** Models of the library, and what was learned from them. */

const count = z.number().int().nonnegative();

/** A model of the library, as settings name it. */
export const ModelId = z.string().min(1).max(500);
/** For a new model; the host says which names the library takes. */
export const ModelName = z.string().trim().min(1).max(80);
export const VersionId = z.string().regex(/^[0-9a-f]{12}$/);

export const AdapterVersion = z.object({
  id: VersionId,
  name: z.string(),
  created: z.string(),
  parent: z.string().nullable(),
  slices: z.object({ training: count, validation: count }),
  steps: count,
  before: z.object({ dice: z.number(), nsd: z.number() }).nullable(),
  after: z.object({ dice: z.number(), nsd: z.number() }).nullable(),
  overruled: z.boolean(),
  temperature: z.number().nullable(),
  calibration: z.tuple([z.number(), z.number()]).nullable(),
  curve: z.array(
    z.object({
      step: count,
      total: z.number(),
      dice: z.number(),
      validationDice: z.number().optional(),
    }),
  ),
});

export const ModelInfo = z.object({
  name: z.string(),
  sha256: z.string(),
  description: z.string(),
  licence: z.string(),
  prompts: z.array(
    z.object({ label: z.string(), prompt: z.string(), modality: z.string().nullable() }),
  ),
  versions: z.array(AdapterVersion),
  /** Null: the bundle's own adapters. */
  current: VersionId.nullable(),
});

/** Lower-case hexadecimal digits of a sha256, or '' where it is not known. */
const hash = z.string();

/** A model of the library. */
export const ModelSummary = z.object({
  id: ModelId,
  name: z.string(),
  /** Came with the application. */
  shipped: z.boolean(),
  /** Whether `default` means it. */
  isDefault: z.boolean(),
  /** It has towers, and suggests nothing before a round of learning was kept. */
  untrained: z.boolean(),
  version: z.string(),
  description: z.string(),
  hash,
  family: hash,
  /** Of all its files; those among them that other models have too are kept once. */
  bytes: count,
  shared: count,
  /** Why it cannot be used. */
  problem: ErrorReport.nullable(),
});

/** How fast a model is on this machine, and what it takes. */
export const ModelMeasurement = z.object({
  device: Device,
  /** ISO 8601, UTC. */
  when: z.string(),
  /** Of a picture with one label: until its first mask, and with all samples. */
  firstMaskSeconds: z.number().positive(),
  pictureSeconds: z.number().positive(),
  samples: count,
  /** The most that its process took. */
  memoryBytes: z.number().positive(),
});

export const ModelCard = ModelSummary.extend({
  folder: z.string(),
  licence: z.string(),
  prompts: z.array(
    z.object({ label: z.string(), prompt: z.string(), modality: z.string().nullable() }),
  ),
  variants: z.array(z.object({ precision: z.string(), bytes: count })),
  /** Ids of models that have the same towers on the disk. */
  sharesWith: z.array(ModelId),
  /** MODEL_CARD.md, '' where there is none. */
  text: z.string(),
  /** Null where it has not been measured on this machine. */
  measured: ModelMeasurement.nullable(),
});

/** A checkpoint that can be downloaded. */
export const PublishedModel = z.object({
  id: z.string(),
  title: z.string(),
  /** Of the data set, '' for towers alone. */
  set: z.string(),
  percent: z.number().nullable(),
  trainedOn: z.string(),
  promptStyle: z.string(),
  /** About. */
  bytes: z.number(),
});

/** What the server says of it. */
export const ModelOffer = z.object({
  file: PublishedModel,
  address: z.string(),
  /** Each null where the server does not say. */
  bytes: count.nullable(),
  sha256: z.string().nullable(),
  licence: z.string().nullable(),
  /** Free on the disk of the library; null where that is not known. */
  free: count.nullable(),
});

export const ModelLibrary = z.object({
  /** Where the user's models are. */
  folder: z.string(),
  models: z.array(ModelSummary),
});
