import { MarginaliaError } from '../../shared/errors.ts';
import type { Window } from '../../shared/volume.ts';
import { buildAnnotationProvenance, type AnnotationProvenance } from './annotation-provenance.ts';
import type { SliceStatistics } from './contact-sheet.ts';
import type { Contents } from './contents.ts';
import type { DicomSource } from './dicom-seg/index.ts';
import type { LabelDefinition } from './labels.ts';
import type { Acquisition } from './nifti-write.ts';
import type { OnGrid, ResamplableImage } from './on-grid.ts';
import { buildProvenance, type Provenance } from './provenance.ts';

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

/** Labels of an image and what they came from; arrays on the image's raster. */
export interface LabelResult extends ResamplableImage {
  readonly acquisition: Acquisition;
  /** At least one, in the order of the maps of `suggestion`. */
  readonly labels: readonly LabelDefinition[];
  /** Values of `labels`, 0 elsewhere. */
  readonly labelMap: Uint8Array | Uint16Array;
  /** Null where the model was not asked about every slice. */
  readonly suggestion: WholeSuggestion | null;
  /** Null where the labels are a suggestion as it is. */
  readonly review: AnnotationProvenance['review'] | null;
  /** What of the labels was decided; null as `review`. */
  readonly contents: Contents | null;
  readonly application: { readonly version: string };
  readonly source: Provenance['source'];
  readonly created: Date;
  /** How the grid differs from that of the series, or null. */
  readonly resampled: string | null;
  /** Asked where something is written as DICOM. */
  readonly dicom: () => Promise<DicomSource>;
}

/** What a model gave, as it is. */
export interface SegmentationResult extends LabelResult {
  readonly suggestion: WholeSuggestion;
  readonly review: null;
  readonly contents: null;
}

/** Labels of a stack that people decide on, slice by slice. */
export interface AnnotationResult extends LabelResult {
  readonly labelMap: Uint8Array;
  readonly review: AnnotationProvenance['review'];
  readonly contents: Contents;
  /** Of every slice, whether somebody accepted or corrected it knowing of every label. */
  readonly complete: readonly boolean[];
  /** Of every slice, values of the labels that it was accepted or corrected for. */
  readonly covered: readonly (readonly number[])[];
  /** Slices, from 0, that learning holds back to judge versions by. */
  readonly heldBack: readonly number[];
  /** That the image is shown in. */
  readonly window: Window;
  /** sha256 in hex of what the study and the stack are called: the same for the same, everywhere. */
  readonly digests: { readonly study: string; readonly stack: string };
  readonly series: SeriesFacts;
}

/** @throws MarginaliaError `no-label`; `size-mismatch` where the parts are not of one grid. */
export function requireConsistent(result: LabelResult): void {
  const { labels, labelMap, image, suggestion } = result;
  if (labels.length === 0) {
    throw new MarginaliaError(
      'no-label',
      'There is no label to write.',
      'Make a label and paint it, or accept a suggestion.',
    );
  }
  const { size } = image.raster;
  const voxels = size[0] * size[1] * size[2];
  const slices = suggestion?.slices.length ?? size[2];
  if (
    image.data.length === voxels * image.channels &&
    labelMap.length === voxels &&
    slices === size[2]
  )
    return;
  throw new MarginaliaError(
    'size-mismatch',
    `The parts of the result do not fit an image of ${size.join(' × ')} voxels.`,
  );
}

/** The record of what a model's labels came from. */
export const segmentationProvenance = (result: SegmentationResult): Provenance =>
  buildProvenance({ ...commonFacts(result), ...modelFacts(result.suggestion) });

/**
 * The record of what labels came from that people decide on.
 * @param volume that is written of them, null where none is.
 */
export function annotationProvenance(
  result: AnnotationResult,
  volume: OnGrid | null,
): AnnotationProvenance {
  const { voxels: _voxels, absent: _absent, ...contents } = result.contents;
  return buildAnnotationProvenance({
    ...commonFacts(result, volume),
    ...(result.suggestion
      ? modelFacts(result.suggestion)
      : { model: null, window: null, sampling: null }),
    propagation: result.suggestion && result.suggestion.propagation,
    review: result.review,
    contents,
  });
}

const modelFacts = ({
  model,
  window,
  sampling,
  slices,
}: WholeSuggestion): Pick<Provenance, 'model' | 'window' | 'sampling'> => ({
  model,
  window,
  sampling: { ...sampling, usedPerSlice: slices.map(({ samples }) => samples) },
});

function commonFacts(
  result: LabelResult,
  volume: OnGrid | null = null,
): Pick<Provenance, 'application' | 'created' | 'source' | 'labels' | 'geometry'> {
  const { size, affineLps, isGrid } = result.image.raster;
  return {
    application: { name: 'Marginalia', version: result.application.version },
    created: result.created.toISOString(),
    source: result.source,
    labels: result.labels.map(({ name, value, colour, prompt }) => ({
      name,
      value,
      colour,
      prompt,
    })),
    geometry: {
      size: [...size],
      affineLps: isGrid && affineLps ? [...affineLps] : null,
      resampled: volume?.resampled ?? result.resampled,
      ...(volume?.resampled && {
        resampledGrid: { size: [...volume.grid.size], affineLps: [...volume.grid.affineLps] },
      }),
    },
  };
}
