import type { SourceSeries } from '../../../shared/image/index.ts';
import type { LabelledImage } from '../labelled-image.ts';
import type { LabelDefinition } from '../labels.ts';

export type SegmentationType = 'BINARY' | 'LABELMAP';

export interface DicomSource {
  readonly source: SourceSeries;
  /** A new UID for each call. */
  readonly newUid: () => string;
}

export interface DicomSegmentation extends DicomSource {
  readonly image: Pick<LabelledImage, 'kind' | 'raster' | 'frames'>;
  /** On the raster of the image, i fastest, values of `labels`, 0 elsewhere. */
  readonly labelMap: Uint8Array | Uint16Array;
  readonly labels: readonly LabelDefinition[];
  /** Segment Algorithm Type (PS3.3 C.8.20.2): who drew. */
  readonly algorithmOf: (label: LabelDefinition) => 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC';
  /** Added to what the model was asked for, as the description of a segment; '' where there is nothing. */
  readonly remarkOf: (label: LabelDefinition) => string;
  /** Of the whole; at most 64 characters. */
  readonly description: string;
  readonly application: { readonly version: string };
  readonly created: Date;
}
