import { mapLimited } from '../../../shared/pool.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { DecidedSlice } from './decided.ts';
import type { Predict } from '../engine/index.ts';
import { UNDER_WAY } from '../suggest/index.ts';

export interface PredictSlicesOptions {
  readonly samples: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onSlice?: () => void;
}

/** What the loaded model says of slices, as the user would see it: all samples, full resolution. */
export function predictSlices(
  predict: Predict,
  slices: readonly DecidedSlice[],
  { samples, seed, signal, onSlice }: PredictSlicesOptions,
): Promise<PredictionFrame[]> {
  return mapLimited(slices, UNDER_WAY, async ({ name, slice, targets }) => {
    const frame = await predict(
      {
        slice,
        prompts: targets.map(({ prompt }) => prompt),
        samples,
        seed,
        sliceKey: name,
        tolerance: 0,
        priority: 0,
        preview: false,
      },
      signal,
    );
    onSlice?.();
    return frame;
  });
}
