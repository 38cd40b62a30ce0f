import type {
  Channels,
  FrameSpacing,
  LossyCompression,
  ImageWarning,
  NamedWindow,
  Plane,
  Source,
} from '../../shared/image/index.ts';
import type { Grid } from '../../shared/volume.ts';

/** One two-dimensional image, without its pixels. */
export interface Frame {
  readonly source: Source;
  /** 0-based within the file. */
  readonly index: number;
  /** One tile of a Siemens mosaic: its place in the frame, in tiles. */
  readonly tile?: { readonly across: number; readonly down: number };
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly instanceNumber: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: Channels;
  /** MONOCHROME1: the lowest value is to be shown as white. */
  readonly inverted: boolean;
  /** Undefined where the file does not say where the image lies. */
  readonly plane?: Plane;
  /** How far pixels lie apart, and where that was measured. */
  readonly spacing: FrameSpacing | null;
  /** Milliseconds since the first frame of its file; undefined where the file does not say. */
  readonly time?: number;
  /**
   * Pixel Spacing (0028,0030) in mm, [distance of columns, distance of rows]: that of the grid, where there
   * is a plane; undefined where unknown.
   */
  readonly pixelSpacing?: readonly [number, number];
  /** Nominal distance to the next slice, for images that stand alone. */
  readonly thickness?: number;
  /** Slice Thickness (0018,0050), mm. */
  readonly sliceThickness?: number;
  /** Whether its file has several frames. */
  readonly isOfSeveral?: boolean;
  /** Whether the whole file is deflated, so that no frame is read without those before it. */
  readonly isDeflated?: boolean;
  /** How its pixels were compressed with loss; undefined where they were not. */
  readonly lossy?: LossyCompression;
  readonly slope: number;
  readonly intercept: number;
  readonly windows: readonly NamedWindow[];
  /** Gantry tilt that the scanner recorded, degrees. */
  readonly tilt: number;
  /** What may tell apart frames at the same place, by name. */
  readonly traits: Readonly<Record<string, string>>;
}

/** What all files of a series say alike. */
export interface SeriesHeader {
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly modality: string;
  readonly seriesNumber: number | undefined;
  readonly seriesDescription: string;
  readonly protocolName: string;
  readonly bodyPart: string;
  readonly studyDescription: string;
  /** DICOM DA, YYYYMMDD. */
  readonly studyDate: string;
  readonly manufacturer: string;
  readonly patientName: string;
  readonly patientId: string;
  /** `3D` where slices were encoded in phase (MR Acquisition Type), else `2D` or ''. */
  readonly acquisition: string;
}

export type VerdictKind =
  | 'regular'
  | 'single-slice'
  | 'gap'
  | 'duplicate'
  | 'gantry-tilt'
  | 'uneven-spacing'
  | 'oblique'
  | 'mosaic'
  | 'multi-frame'
  | 'shifted'
  | 'no-geometry'
  | 'detector-spacing'
  | 'no-spacing';

/** Something about the geometry of a stack, in words for the reader of images. */
export interface Verdict extends ImageWarning {
  readonly kind: VerdictKind;
}

/**
 * Frames of a series that belong together: sorted along the normal of their planes, in the order of their
 * Instance Numbers where they have none, or as a file has them one after the other.
 */
export interface Stack {
  /** The series UID; with `#2`, `#3`, … behind it where a series holds several stacks. */
  readonly id: string;
  /** What sets it apart from the other stacks of the series, '' where it is the only one. */
  readonly distinction: string;
  readonly frames: readonly Frame[];
  readonly verdicts: readonly Verdict[];
  /** The grid of a regular stack; undefined where it is none. */
  readonly grid: Grid | undefined;
  /** Whether the frames can be resampled onto a regular grid. */
  readonly resamplable: boolean;
  readonly windows: readonly NamedWindow[];
}

export interface Series extends SeriesHeader {
  readonly stacks: readonly Stack[];
}
