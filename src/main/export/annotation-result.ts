import { MarginaliaError } from '../../shared/errors.ts';
import type { Volume, Window } from '../../shared/volume.ts';
import { buildAnnotationProvenance, type AnnotationProvenance } from './annotation-provenance.ts';
import type { SliceStatistics } from './contact-sheet.ts';
import type { DicomSource } from './dicom-seg/index.ts';
import type { LabelDefinition } from './labels.ts';
import type { Acquisition } from './nifti-write.ts';
import type { Provenance } from './provenance.ts';

/** What a model suggests for the whole of an image; large maps are made when they are written. */
export interface WholeSuggestion {
  /** One a label, 0…1. */
  readonly probability: () => Promise<readonly Float32Array[]>;
  /** Nats, 0…ln 2: the highest of all labels. */
  readonly uncertainty: () => Promise<Float32Array>;
  /** One a slice of the image. */
  readonly slices: readonly SliceStatistics[];
  readonly model: Provenance['model'];
  readonly window: Provenance['window'];
  readonly sampling: Omit<Provenance['sampling'], 'usedPerSlice'>;
  readonly propagation: AnnotationProvenance['propagation'];
}

/** What a reader is told of a series. */
export interface SeriesFacts {
  readonly modality: string;
  readonly bodyPart: string;
  /** Null where who the patient is is left out: free text may name them. */
  readonly patient: {
    readonly name: string;
    readonly id: string;
    /** DICOM DA, YYYYMMDD. */
    readonly studyDate: string;
    readonly study: string;
    readonly series: string;
  } | null;
}

/** Labels that people decided on; arrays on the image's grid. */
export interface AnnotationResult {
  readonly image: Volume;
  readonly acquisition: Acquisition;
  /** At least one, in the order of the maps of `suggestion`. */
  readonly labels: readonly LabelDefinition[];
  /** Values of `labels`, 0 elsewhere. */
  readonly labelMap: Uint8Array;
  readonly review: AnnotationProvenance['review'];
  /** Of every slice, whether somebody accepted or corrected it knowing of every label. */
  readonly complete: readonly boolean[];
  /** That the image is shown in. */
  readonly window: Window;
  /** Null where the model was not asked about every slice. */
  readonly suggestion: WholeSuggestion | null;
  readonly application: { readonly version: string };
  readonly source: Provenance['source'];
  /** sha256 in hex of what the study and the stack are called: the same for the same, everywhere. */
  readonly digests: { readonly study: string; readonly stack: string };
  readonly series: SeriesFacts;
  readonly created: Date;
  readonly resampled: string | null;
  /** Asked where something is written as DICOM. */
  readonly dicom: () => Promise<DicomSource>;
}

/** @throws MarginaliaError `no-label`. */
export function requireLabels({ labels }: AnnotationResult): void {
  if (labels.length > 0) return;
  throw new MarginaliaError(
    'no-label',
    'There is no label to write.',
    'Make a label and paint it, or accept a suggestion.',
  );
}

/** The record of what the labels came from. */
export function annotationProvenance(result: AnnotationResult): AnnotationProvenance {
  const { suggestion } = result;
  const { grid } = result.image;
  return buildAnnotationProvenance({
    application: { name: 'Marginalia', version: result.application.version },
    created: result.created.toISOString(),
    source: result.source,
    labels: result.labels.map(({ name, value, colour, prompt }) => ({
      name,
      value,
      colour,
      prompt,
    })),
    model: suggestion && suggestion.model,
    window: suggestion && suggestion.window,
    propagation: suggestion && suggestion.propagation,
    sampling: suggestion && {
      ...suggestion.sampling,
      usedPerSlice: suggestion.slices.map(({ samples }) => samples),
    },
    geometry: {
      size: [...grid.size],
      affineLps: [...grid.affineLps],
      resampled: result.resampled,
    },
    review: result.review,
  });
}
