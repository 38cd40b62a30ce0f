import { dice } from '../../../shared/metrics/index.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { DecidedSlice } from '../learn/index.ts';

/** How near the slices that are not annotated come to the truth, by suggestion and by shape. */
export interface Agreement {
  /** 3-D Dice of the suggestions. */
  readonly dice: number;
  /** The same of the model alone, without the shapes in annotated slices. */
  readonly modelDice: number;
  /** Voxels that are wrong in them. */
  readonly left: number;
  /** The same of the interpolation between the annotated slices. */
  readonly interpolatedDice: number;
  readonly interpolatedLeft: number;
}

/**
 * @param suggested of the open slices, by index.
 * @param model what the model alone says of them (and of others).
 * @param interpolated mask of the whole volume.
 */
export function compare(
  slices: readonly DecidedSlice[],
  label: number,
  {
    suggested,
    model,
  }: Readonly<Record<'suggested' | 'model', ReadonlyMap<number, PredictionFrame>>>,
  interpolated: Uint8Array,
): Agreement {
  const open = [...suggested.keys()];
  const pixels = slices[0]!.targets[label]!.mask.length;
  const joined = (maskOf: (k: number) => ArrayLike<number>): Uint8Array => {
    const whole = new Uint8Array(pixels * open.length);
    open.forEach((k, n) => whole.set(maskOf(k), n * pixels));
    return whole;
  };
  const truth = joined((k) => slices[k]!.targets[label]!.mask);
  const maskOf = (frames: ReadonlyMap<number, PredictionFrame>): Uint8Array =>
    joined((k) => frames.get(k)!.maps[label]!.probability.map((p) => (p > 0.5 ? 1 : 0)));
  const mask = maskOf(suggested);
  const shaped = joined((k) => interpolated.subarray(k * pixels, (k + 1) * pixels));
  const wrong = (other: Uint8Array): number =>
    other.reduce((sum, v, i) => sum + (v === truth[i] ? 0 : 1), 0);
  return {
    dice: dice(mask, truth),
    modelDice: dice(maskOf(model), truth),
    left: wrong(mask),
    interpolatedDice: dice(shaped, truth),
    interpolatedLeft: wrong(shaped),
  };
}
