import type { Grid } from '../../../shared/volume.ts';
import type { LabelDefinition } from '../labels.ts';

/** The series that was labelled, as an object made from it refers to it. */
export interface SourceSeries {
  /** What both share, by keyword (PS3.6): patient, study, frame of reference. */
  readonly shared: Readonly<Record<string, string>>;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | undefined;
  /** All objects of which the volume was made, each once. */
  readonly instances: readonly SourceInstance[];
  /** By slice of the grid; null where slices are not those of the series. */
  readonly images: readonly SourceImage[] | null;
}

export interface SourceInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export interface SourceImage extends SourceInstance {
  /** From 1 on, in an object of several frames. */
  readonly frame?: number | undefined;
}

export type SegmentationType = 'BINARY' | 'LABELMAP';

export interface DicomSource {
  readonly source: SourceSeries;
  /** A new UID for each call. */
  readonly newUid: () => string;
}

export interface DicomSegmentation extends DicomSource {
  readonly grid: Grid;
  /** i fastest, values of `labels`, 0 elsewhere. */
  readonly labelMap: Uint8Array | Uint16Array;
  readonly labels: readonly LabelDefinition[];
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
  /** Segment Algorithm Type (PS3.3 C.8.20.2): who drew. */
  readonly algorithm: 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC';
  readonly application: { readonly version: string };
  readonly created: Date;
}
