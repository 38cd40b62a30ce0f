import {
  expectedCalibrationError,
  applyTemperature,
  FEW_SLICES,
  fitTemperature,
  reliability,
  type Prediction,
} from '../../shared/calibration/index.ts';
import { dice, sliceNsd } from '../../shared/metrics/index.ts';
import type { Calibration } from '../engine/bundle/lineage.ts';
import type { DecidedSlice } from './decided.ts';
import { TOLERANCE_MM } from './evaluate.ts';

/** What is read of a slice and of what was predicted of it. */
export type JudgedSlice = Pick<DecidedSlice, 'targets' | 'spacing'> & {
  readonly slice: Pick<DecidedSlice['slice'], 'rows' | 'columns'>;
};
export interface JudgedFrame {
  readonly maps: readonly { readonly probability: Float32Array }[];
}

/** Means over all slices and prompts. */
export interface Score {
  readonly dice: number;
  /** Of the outlines in the slice, at 2 mm. */
  readonly nsd: number;
}

/** How good predictions of decided slices are. @param frames one for each slice, in their order. */
export function judge(slices: readonly JudgedSlice[], frames: readonly JudgedFrame[]): Score {
  const scores = slices.flatMap(({ slice, targets, spacing }, n) =>
    targets.map(({ mask: truth }, l): Score => {
      const mask = Uint8Array.from(frames[n]!.maps[l]!.probability, (p) => (p > 0.5 ? 1 : 0));
      return {
        dice: dice(mask, truth),
        nsd: sliceNsd(mask, truth, [slice.columns, slice.rows], spacing, TOLERANCE_MM),
      };
    }),
  );
  const mean = (key: keyof Score): number =>
    scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { dice: mean('dice'), nsd: mean('nsd') };
}

/** Every prompt of every slice with its truth. */
export const predictionsOf = (
  slices: readonly JudgedSlice[],
  frames: readonly JudgedFrame[],
): { readonly truth: Uint8Array; readonly probability: Float32Array }[] =>
  slices.flatMap(({ targets }, n) =>
    targets.map(({ mask: truth }, l) => ({ truth, probability: frames[n]!.maps[l]!.probability })),
  );

/** Fits one temperature on decided slices, near 1 where they are few; its errors are on those same slices. */
export function calibrate(
  slices: readonly JudgedSlice[],
  frames: readonly JudgedFrame[],
): Calibration {
  const raw = predictionsOf(slices, frames);
  const { temperature, outcome, pixels } = fitTemperature(raw, FEW_SLICES);
  const curve = (predictions: readonly Prediction[]): Calibration['before'] => {
    const bins = reliability(predictions);
    return { expectedError: expectedCalibrationError(bins), reliability: bins };
  };
  const calibrated = raw.map(({ truth, probability }) => ({
    truth,
    probability: applyTemperature(probability, temperature),
  }));
  return { temperature, outcome, pixels, before: curve(raw), after: curve(calibrated) };
}
