import { z } from 'zod';
import { INCLUDED } from '../export-contents.ts';
import { EXPORT_FORMATS } from '../export-formats.ts';
import { CHANNEL_NAME, DATASET_NAME, UNDECIDED } from '../nnunet.ts';
import {
  DropReady,
  ExportCounts,
  FirstSlice,
  LabelId,
  Progress,
  Source,
  StackId,
  SuggestionFrame,
  VolumeInfo,
} from './entities.ts';
import { AdapterVersion, ModelId, ModelMeasurement, ModelName } from './models.ts';

const index = z.number().int().nonnegative();
const path = z.string().min(1).max(4096);

const stream = <I extends z.ZodType, F extends z.ZodType, O extends z.ZodType>(
  input: I,
  frame: F,
  output: O,
): { input: I; frame: F; output: O } => ({ input, frame, output });

const LearningFrame = z.object({
  kind: z.literal('step'),
  step: index,
  steps: index,
  total: z.number(),
  dice: z.number(),
  validationDice: z.number().nullable(),
  secondsLeft: z.number().nonnegative(),
});

/**
 * Long work: frames on the way, one result at the end, cancelled at any moment. A reader that falls
 * behind is given the newest frame of everything that frames repeat, not a queue of stale ones.
 */
export const streams = {
  'sources.open': stream(z.object({ paths: z.array(path).min(1) }).strict(), Progress, Source),
  'sources.demo': stream(z.object({}).strict(), Progress, Source),
  /**
   * Opens files of which the page has no paths (web): they are copied. Once it is ready, each is put to
   * `dropPath`.
   */
  'sources.drop': stream(
    z
      .object({
        title: z.string().trim().min(1).max(200),
        files: index.min(1).max(100_000),
        bytes: index,
      })
      .strict(),
    z.discriminatedUnion('kind', [Progress, DropReady]),
    Source,
  ),
  'volumes.open': stream(
    /** Resampled onto a grid, or as it was acquired; without: as its labels are. */
    z.object({ stack: StackId, resample: z.boolean().optional() }).strict(),
    z.discriminatedUnion('kind', [Progress, FirstSlice]),
    VolumeInfo,
  ),
  /** Suggests labels on slices, the focused one first, then by distance from it. */
  'suggestions.run': stream(
    z
      .object({
        stack: StackId,
        labels: z.array(LabelId).min(1),
        /** First and last slice, both included. */
        slices: z.tuple([index, index]),
        focus: index,
      })
      .strict(),
    z.discriminatedUnion('kind', [Progress, SuggestionFrame]),
    z.object({ slices: index }),
  ),
  /** Learns from the accepted and corrected slices of a stack. */
  'learning.run': stream(
    z
      .object({
        stack: StackId,
        name: z.string().trim().min(1).max(100),
        steps: z.number().int().min(1).max(5000),
        overrule: z.boolean(),
      })
      .strict(),
    z.discriminatedUnion('kind', [Progress, LearningFrame]),
    z.object({ version: AdapterVersion, kept: z.boolean() }),
  ),
  /** Adds a checkpoint, or the folder of a bundle, to the library. */
  'library.import': stream(
    z.object({ path, name: ModelName }).strict(),
    Progress,
    z.object({ model: ModelId, shared: index }),
  ),
  /** Fetches a published checkpoint from the mirror of the settings, and adds it to the library. */
  'library.download': stream(
    z.object({ file: z.string().max(100), name: ModelName, keepFile: z.boolean() }).strict(),
    Progress,
    z.object({
      model: ModelId,
      shared: index,
      /** The downloaded file, where it was kept. */
      file: z.string().nullable(),
    }),
  ),
  /** Tries how fast a model is on this machine, and what memory it takes. */
  'library.measure': stream(z.object({ model: ModelId }).strict(), Progress, ModelMeasurement),
  'export.run': stream(
    z
      .object({
        stack: StackId,
        folder: path,
        formats: z.array(z.enum(EXPORT_FORMATS)).min(1),
        deidentify: z.boolean(),
        /** Without: what is painted, decided or not. */
        include: z.enum(INCLUDED).optional(),
        /** Where `nnunet` is asked for: the dataset in the folder, unless that is called so itself. */
        nnunet: z
          .object({
            dataset: z.string().regex(DATASET_NAME),
            /** Of the image; as the header says where it is not given. */
            channel: z.string().regex(CHANNEL_NAME).optional(),
            undecided: z.enum(UNDECIDED),
            /** Of slices accepted among many without a look, where undecided ones are ignored: ignored, too. */
            acceptedUnseen: z.enum(UNDECIDED).optional(),
          })
          .strict()
          .optional(),
      })
      .strict()
      .refine(
        ({ formats, nnunet }) => formats.includes('nnunet') === (nnunet !== undefined),
        'a dataset is named where it is written',
      ),
    Progress,
    z.object({
      folder: z.string(),
      files: z.array(z.string()),
      /** What was written. */
      contents: ExportCounts,
      /** The case that was written, and how many slices are not decided in it. */
      nnunet: z
        .object({
          case: z.string(),
          /** How many pictures are cases of their own; null where the series is one case. */
          pictures: index.nullable(),
          dataset: z.string(),
          undecided: index,
          ignored: z.boolean(),
          /** Other slices that are ignored, as they were accepted without a look. */
          unseenIgnored: index,
        })
        .nullable(),
    }),
  ),
  /** What an export with suggestions would hold: first without how much is suggested, then with it. */
  'export.count': stream(
    z.object({ stack: StackId }).strict(),
    z.object({ kind: z.literal('counted'), counts: ExportCounts }),
    ExportCounts,
  ),
} as const;

export type StreamName = keyof typeof streams;
export type StreamInput<N extends StreamName> = z.infer<(typeof streams)[N]['input']>;
export type StreamFrame<N extends StreamName> = z.infer<(typeof streams)[N]['frame']>;
export type StreamOutput<N extends StreamName> = z.infer<(typeof streams)[N]['output']>;

/** What frames repeat: of frames with one key only the newest matters. Null: all matter. */
export function frameKey(frame: StreamFrame<StreamName>): string | null {
  switch (frame.kind) {
    case 'progress':
      return 'progress';
    case 'first':
      return 'first';
    case 'counted':
      return 'counted';
    case 'ready':
      return null;
    case 'slice':
      return frame.final ? null : `${frame.label}/${frame.index}`;
    case 'step':
      return frame.validationDice === null ? 'step' : null;
  }
}
