import type { Grid, VoxelArray } from '../volume.ts';

/** How frames that lie on no grid come onto one. Arrays in are those of the frames, i fastest; out, of the grid. */
export interface Resampling {
  readonly grid: Grid;
  /** What is done to values and why, in words; as `LoadedFrames.resampled`. */
  readonly text: string;
  /** Of every slice of the grid, the frame that lies nearest. */
  readonly nearest: readonly number[];
  /** Values, linear in all directions. @param outside what is there beyond the frames. */
  readonly linear: <T extends VoxelArray>(
    values: T,
    outside: number,
    signal?: AbortSignal,
  ) => Promise<T>;
  /** Labels of the nearest frame, of its nearest pixel; 0 beyond the frames. */
  readonly labels: <T extends Uint8Array | Uint16Array>(
    labels: T,
    signal?: AbortSignal,
  ) => Promise<T>;
}
