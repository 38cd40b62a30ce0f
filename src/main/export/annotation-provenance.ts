import { z } from 'zod';
import { ReviewState } from '../../shared/contract/index.ts';
import { contentsSchema } from './contents.ts';
import { provenanceSchema, RESEARCH_NOTICE, UNCERTAINTY } from './provenance.ts';

const { shape } = provenanceSchema;

/**
 * What labels came from that people decide on. It is the record of a segmentation, without what
 * only a prediction of the whole has, and with who decided what.
 */
export const annotationProvenanceSchema = provenanceSchema.extend({
  /** Of the suggestions that lie beside the labels; null where none do, as for the next three. */
  model: shape.model.nullable(),
  window: shape.window.nullable(),
  sampling: shape.sampling.nullable(),
  uncertainty: shape.uncertainty.nullable(),
  /** Decided slices that the suggestions were joined with; null where the model speaks alone. */
  propagation: z
    .strictObject({
      slices: z.array(
        z.strictObject({ index: z.number().int().nonnegative(), sha256: z.string().length(64) }),
      ),
    })
    .nullable(),
  review: z.strictObject({
    /** Of every slice. */
    states: z.array(ReviewState),
    /** What the suggestions were made with that became part of the labels, and who took them in. */
    suggestions: z.array(z.record(z.string(), z.unknown())),
  }),
  /** What of the labels was decided; records of earlier days do not say it, and hold what was painted. */
  contents: contentsSchema.optional(),
});

/** The same of a case in a dataset of nnU-Net, and how it got there. */
export const nnunetProvenanceSchema = annotationProvenanceSchema.extend({
  nnunet: z.strictObject({
    case: z.string(),
    /** Where single slices are cases: which (from 0) is which; names of all begin with `case`. */
    cases: z
      .array(z.strictObject({ case: z.string(), slice: z.number().int().nonnegative() }))
      .optional(),
    /** sha256 of the stack's id: the same series has the same one, whoever exports it. */
    series: z.string().length(64),
    /** The workspace that it was exported from, by a hash: another one may have labelled it otherwise. */
    workspace: z.string(),
    channel: z.string(),
    labels: z.array(
      z.strictObject({
        name: z.string(),
        /** In the workspace, and as `labels` above has it. */
        value: z.number().int().positive(),
        /** In the dataset. */
        datasetValue: z.number().int().positive(),
      }),
    ),
    undecided: z.strictObject({
      /** Slices, from 0, in which not every label was accepted or corrected. */
      slices: z.array(z.number().int().nonnegative()),
      /** That they are filled with; null where they are taught as they are. */
      ignoreValue: z.number().int().positive().nullable(),
    }),
    /** Other slices that are filled with the same value, as they were accepted without a look at them. */
    unseenIgnored: z.array(z.number().int().nonnegative()).optional(),
  }),
});

export type AnnotationProvenance = z.infer<typeof annotationProvenanceSchema>;

/** What the writer adds by itself. */
type Constant = 'format' | 'version' | 'notice' | 'uncertainty';

/** A complete and checked record of what labels came from. */
export function buildAnnotationProvenance(
  facts: Omit<AnnotationProvenance, Constant>,
): AnnotationProvenance {
  return annotationProvenanceSchema.parse({
    format: 'marginalia-provenance',
    version: 1,
    notice: RESEARCH_NOTICE,
    ...facts,
    uncertainty: facts.sampling && UNCERTAINTY,
  } satisfies AnnotationProvenance);
}
