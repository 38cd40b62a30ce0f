import type { Grid, Triple, Window } from '../volume.ts';

/**
 * volume: frames on a regular grid · stack: frames with planes, no grid · clip: frames in time ·
 * picture: one frame · set: unrelated pictures of a folder.
 */
export type ImageKind = 'volume' | 'stack' | 'clip' | 'picture' | 'set';

/** Grey values, or red, green and blue. */
export type Channels = 1 | 3;

/** Where a frame lies in the patient: DICOM PS3.3 C.7.6.2.1.1, LPS, mm. */
export interface Plane {
  /** Centre of the first pixel. */
  readonly position: Triple;
  /** Unit vector along a row (column index grows). */
  readonly row: Triple;
  /** Unit vector along a column (row index grows). */
  readonly column: Triple;
}

/** How far pixel centres lie apart, and where that was measured. */
export interface FrameSpacing {
  /** [along a row, along a column]. */
  readonly mm: readonly [number, number];
  /**
   * patient: Pixel Spacing (0028,0030) · detector: Imager Pixel Spacing (0018,1164) or Nominal Scanned Pixel
   * Spacing (0018,2010), which projection magnifies · ultrasound region: Physical Delta X and Y (0018,602C
   * and 602E) of one region, or of several that agree.
   */
  readonly of: 'patient' | 'detector' | 'ultrasound region';
}

/** One picture of an image, without its pixels. */
export interface FrameInfo {
  /** Unique within the image; the same whenever the same files are read. */
  readonly key: string;
  /** [columns, rows]. */
  readonly size: readonly [number, number];
  /** Null where nothing says where the frame lies. */
  readonly plane: Plane | null;
  /** Null where sizes are known in pixels alone. */
  readonly spacing: FrameSpacing | null;
  /** Milliseconds since the first frame; null where frames are not ordered in time. */
  readonly time: number | null;
}

/**
 * info: worth knowing · warning: frames do not lie on a regular grid as they are, but can be brought
 * onto one · error: they cannot.
 */
export type Severity = 'info' | 'warning' | 'error';

/** What is to be known about an image, in words for who reads it. */
export interface ImageWarning {
  readonly severity: Severity;
  /** Stable, kebab-case, for programs: `gantry-tilt`. */
  readonly kind: string;
  readonly text: string;
}

/** A way to display the values, as the image itself proposes it. */
export interface NamedWindow extends Window {
  /** '' where the image gives none. */
  readonly name: string;
}

/** All that is known of an image without decoding it. */
export interface ImageInfo {
  /** The same whenever the same files are read; the workspace knows the image by it. */
  readonly id: string;
  /** Name of the reader that found it. */
  readonly reader: string;
  readonly kind: ImageKind;
  readonly channels: Channels;
  /** Whether the lowest value is to be shown as white, and the highest as black (MONOCHROME1). */
  readonly inverted: boolean;
  /** At least one; in order along their normal, in time, or by name. All are of one size, but in a set. */
  readonly frames: readonly FrameInfo[];
  /** On which all frames lie; null where they lie on none. `requireGrid` asks for it. */
  readonly grid: Grid | null;
  /** Whether frames without a grid can be resampled onto one. */
  readonly resamplable: boolean;
  readonly warnings: readonly ImageWarning[];
  /** Paths of its files, each once; an entry of a zip follows its path after a `!`. */
  readonly files: readonly string[];
  /** What sets it apart from others of the same series or file, '' where it is the only one. */
  readonly distinction: string;
  /** Defined term of DICOM (0008,0060), '' where unknown; so for the next three. */
  readonly modality: string;
  readonly bodyPart: string;
  readonly description: string;
  readonly protocol: string;
  /**
   * How it was acquired: slice by slice, or as a whole (phase-encoded in all directions). Where that is
   * unknown, files that are made of it keep its order of voxels.
   */
  readonly acquisition: '2d' | '3d' | 'unknown';
  readonly windows: readonly NamedWindow[];
}
