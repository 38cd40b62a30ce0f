import type { Grid, Triple, VoxelArray } from '../volume.ts';
import type { Channels, ImageInfo } from './info.ts';
import type { ImageOrigin, SourceSeries } from './origin.ts';
import type { Resampling } from './resampling.ts';
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
  /** Values of frame k as it was acquired. @throws as `readAll`. */
  readFrame(image: I, k: number, signal?: AbortSignal): Promise<FrameValues>;
  /** Whether `readFrame` costs no more than the frame's share of `readAll`. */
  readsFramesAlone(image: I): boolean;
  /**
   * All frames, rescaled, as they were acquired or resampled.
   * @throws MarginaliaError `unreadable-path`, and what is wrong with a file; the signal's reason when
   *   aborted.
   */
  readAll(image: I, options: ReadOptions): Promise<LoadedFrames>;
  /**
   * How the frames of a `resamplable` image come onto a grid, which `readAll` does with their values; absent
   * where no image is resamplable.
   * @throws MarginaliaError `too-large`.
   */
  resampling?(image: I): Resampling;
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

export interface ReadOptions {
  /** Whether frames that lie on no grid are resampled onto one, where that is possible. */
  readonly resample?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Told of each frame when it is decoded, from the middle outwards: rescaled values, in the volume's
   * own memory and type unless a later frame needs a wider one.
   */
  readonly onFrame?: (values: VoxelArray, k: number) => void;
}

/** The decoded frames of an image. */
export interface LoadedFrames {
  /**
   * [columns, rows, frames] of the array that they fill. In a set, whose frames are of several sizes, the
   * largest of each: smaller ones lie in its first corner, and zeros beside them.
   */
  readonly size: Triple;
  readonly channels: Channels;
  /** Rescaled: channel c of pixel (i, j) of frame k at `c + channels·(i + columns·(j + rows·k))`. */
  readonly data: VoxelArray;
  /** On which all frames lie, null where they lie on none. */
  readonly grid: Grid | null;
  /** Of the finite values, where it was seen on the way. */
  readonly range?: readonly [number, number];
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
}

/** The values of frame k, sharing the memory of all. */
export function frameOf(
  { size, channels, data }: Pick<LoadedFrames, 'size' | 'channels' | 'data'>,
  k: number,
): VoxelArray {
  const length = size[0] * size[1] * channels;
  return data.subarray(k * length, (k + 1) * length);
}

/** A frame in the array of its image: itself where it fills it, else in its first corner. */
export function placeFrame(frame: FrameValues, [columns, rows]: Triple): VoxelArray {
  const { values, channels } = frame;
  if (frame.columns === columns && frame.rows === rows) return values;
  const placed = new (values.constructor as Uint8ArrayConstructor)(columns * rows * channels);
  const length = frame.columns * channels;
  for (let y = 0; y < frame.rows; y++) {
    placed.set(values.subarray(y * length, (y + 1) * length), y * columns * channels);
  }
  return placed;
}
