import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { EngineRequest } from '../../engine/process/supervisor.ts';
import type { Predict } from '../engine/index.ts';
import { mapLimited } from '../../../shared/pool.ts';
import {
  axisAcross,
  displayMap,
  walkOf,
  type AnatomicalPlane,
} from '../../../shared/geometry/index.ts';
import type { Grid, Volume, VoxelArray, Window } from '../../../shared/volume.ts';
import { UNDER_WAY } from './segment-frames.ts';

/** A slice of a plane as it is displayed, and where its pixels lie in the volume. */
export interface PlaneSlice {
  readonly columns: number;
  readonly rows: number;
  /** Voxel of its first pixel. */
  readonly start: number;
  /** From a voxel to the next along a row, and along a column. */
  readonly steps: readonly [number, number];
}

/** Slice k of a plane, along the axis through it in the order of the grid. */
export function planeSlice(grid: Grid, plane: AnatomicalPlane, k: number): PlaneSlice {
  const { start, steps, size } = walkOf(
    grid.size,
    displayMap(grid, axisAcross(grid.affineLps, plane)),
  );
  return {
    columns: size[0],
    rows: size[1],
    start: start + k * steps[2],
    steps: [steps[0], steps[1]],
  };
}

function cut<T extends VoxelArray>(data: T, { columns, rows, start, steps }: PlaneSlice): T {
  const pixels = new (data.constructor as new (length: number) => T)(columns * rows);
  for (let n = 0; n < pixels.length; n++) {
    const column = n % columns;
    pixels[n] = data[start + column * steps[0] + ((n - column) / columns) * steps[1]]!;
  }
  return pixels;
}

export interface PredictPlaneOptions {
  readonly volume: Volume;
  readonly plane: AnatomicalPlane;
  /** Which of its slices. */
  readonly slices: readonly number[];
  readonly window: Window;
  /** What is asked for in slice k; slices in which nothing is are left out. */
  readonly prompts: (k: number) => readonly string[];
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  /** Names slice k in the key of its noise. */
  readonly sliceKey: (k: number) => string;
  readonly signal?: AbortSignal;
  /** Called for each slice as it is predicted, in any order. */
  readonly onSlice: (k: number, frame: PredictionFrame, at: PlaneSlice) => void;
}

/** Predicts slices of a plane as they are displayed; nothing of them is kept here. */
export async function predictPlane(predict: Predict, options: PredictPlaneOptions): Promise<void> {
  const { volume, plane, window, samples, seed, tolerance, signal } = options;
  await mapLimited([...options.slices], UNDER_WAY, async (k) => {
    const prompts = options.prompts(k);
    if (prompts.length === 0) return;
    const at = planeSlice(volume.grid, plane, k);
    const { rows, columns } = at;
    const request: EngineRequest = {
      slice: { channels: 1, rows, columns, pixels: cut(volume.data, at), window },
      prompts,
      samples,
      seed,
      sliceKey: options.sliceKey(k),
      tolerance,
      priority: 0,
      preview: false,
    };
    options.onSlice(k, await predict(request, signal), at);
  });
}
