import type { Volume, VoxelArray } from '../volume.ts';
import type { Channels, ImageInfo } from './info.ts';
import type { ImageOrigin, SourceSeries } from './origin.ts';
import type { FileOutcome, Source } from './source.ts';

/** Reads images of one family of formats. `I`: what it needs to remember of an image. */
export interface ImageReader<I extends ImageInfo = ImageInfo> {
  /** As `ImageInfo.reader` has it. */
  readonly name: string;
  /** Files elsewhere that a file names (a DICOMDIR); none where it names none. */
  filesNamedBy?(path: string): Promise<readonly string[]>;
  /**
   * The images in the sources, by their headers alone. The result does not depend on the order of
   * the sources.
   * @throws the signal's reason when aborted.
   */
  scan(sources: readonly Source[], options: ScanOptions): Promise<ReaderScan<I>>;
  /** Values of frame k. @throws as `readVolume`. */
  readFrame(image: I, k: number, signal?: AbortSignal): Promise<FrameValues>;
  /** Whether `readFrame` costs no more than the frame's share of `readVolume`. */
  readsFramesAlone(image: I): boolean;
  /**
   * All frames as a volume: rescaled values.
   * @throws MarginaliaError as `requireGrid`; `unreadable-path`, and what is wrong with a file; the
   *   signal's reason when aborted.
   */
  readVolume(image: I, options: VolumeOptions): Promise<LoadedVolume>;
  /** Whom the image shows and what its source calls it. */
  describe(image: I): ImageOrigin;
  /**
   * How a DICOM object made from the image refers to it; absent where images are not of DICOM.
   * @param resampled whether its slices are no longer those of the image.
   */
  dicomSource?(image: I, resampled: boolean): Promise<SourceSeries>;
}

export interface ScanOptions {
  readonly signal?: AbortSignal;
  /** Told of the files looked at so far. */
  readonly onProgress?: (files: number) => void;
}

export interface ReaderScan<I extends ImageInfo> {
  /** Of every source, in their order; null where it is of no format of this reader. */
  readonly outcomes: readonly (FileOutcome | null)[];
  readonly images: readonly I[];
}

/** A decoded frame. */
export interface FrameValues {
  readonly columns: number;
  readonly rows: number;
  readonly channels: Channels;
  /** Rescaled, column fastest; the channels of a pixel lie side by side. */
  readonly values: VoxelArray;
}

export interface VolumeOptions {
  /** Whether frames that lie on no grid are resampled onto one instead of being refused. */
  readonly resample?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Told of each frame when it is decoded, from the middle outwards: rescaled values, in the volume's
   * own memory and type unless a later frame needs a wider one.
   */
  readonly onFrame?: (values: VoxelArray, k: number) => void;
}

export interface LoadedVolume extends Volume {
  /** Of the finite values, where it was seen on the way. */
  readonly range?: readonly [number, number];
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
}
