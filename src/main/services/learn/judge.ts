import {
  expectedCalibrationError,
  applyTemperature,
  FEW_SLICES,
  fitTemperature,
  reliability,
  type Prediction,
} from '../../../shared/calibration/index.ts';
import { outlinesNear } from '../../../shared/metrics/index.ts';
import type { Calibration } from '../../engine/bundle/lineage.ts';
import type { DecidedSlice } from './decided.ts';
import { TOLERANCE_MM } from '../evaluate/index.ts';

/** What is read of a slice and of what was predicted of it. */
export type JudgedSlice = Pick<DecidedSlice, 'targets' | 'spacing'> & {
  readonly slice: Pick<DecidedSlice['slice'], 'rows' | 'columns'>;
};
export interface JudgedFrame {
  readonly maps: readonly { readonly probability: Float32Array }[];
}

/** Of each prompt in all slices together, then the mean over prompts. */
export interface Score {
  readonly dice: number;
  /** Of the outlines in the slices, at 2 mm. */
  readonly nsd: number;
}

/**
 * How good predictions of decided slices are. Slices are taken together, for one by itself that does
 * not show the structure is all right or all wrong, by a single pixel.
 * @param frames one for each slice, in their order.
 */
export function judge(slices: readonly JudgedSlice[], frames: readonly JudgedFrame[]): Score {
  const sums = new Map<string, { both: number; pixels: number; near: number; outlines: number }>();
  slices.forEach(({ slice, targets, spacing }, n) =>
    targets.forEach(({ prompt, mask: truth }, l) => {
      const sum = sums.get(prompt) ?? { both: 0, pixels: 0, near: 0, outlines: 0 };
      const mask = Uint8Array.from(frames[n]!.maps[l]!.probability, (p) => (p > 0.5 ? 1 : 0));
      for (let i = 0; i < mask.length; i++) {
        sum.both += mask[i]! & truth[i]!;
        sum.pixels += mask[i]! + truth[i]!;
      }
      const { near, total } = outlinesNear(
        mask,
        truth,
        [slice.columns, slice.rows],
        spacing,
        TOLERANCE_MM,
      );
      sum.near += near;
      sum.outlines += total;
      sums.set(prompt, sum);
    }),
  );
  const all = [...sums.values()];
  const mean = (of: (sum: (typeof all)[number]) => number): number =>
    all.reduce((total, sum) => total + of(sum), 0) / all.length;
  return {
    dice: mean(({ both, pixels }) => (pixels === 0 ? 1 : (2 * both) / pixels)),
    nsd: mean(({ near, outlines }) => (outlines === 0 ? 1 : near / outlines)),
  };
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
