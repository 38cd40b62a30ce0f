import { dice } from '../../../shared/metrics/index.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { DecidedSlice } from '../learn/index.ts';
import { labelTargets, type SimulatedImage } from './simulated-image.ts';

/** How near the slices that are not annotated come to the truth, by suggestion and by shape. */
export interface Agreement {
  /** Dice of the suggestions in all of these slices together. */
  readonly dice: number;
  /** The same of the model alone, without the shapes in annotated slices. */
  readonly modelDice: number;
  /** Voxels that are wrong in them. */
  readonly left: number;
  /** The same of the interpolation between the annotated slices; null where slices are no neighbours. */
  readonly interpolatedDice: number | null;
  readonly interpolatedLeft: number | null;
}

/**
 * @param suggested of the open slices, by index.
 * @param model what the model alone says of them (and of others).
 * @param interpolated mask of the whole image; null where slices are no neighbours.
 */
export function compare(
  image: SimulatedImage,
  label: number,
  {
    suggested,
    model,
  }: Readonly<Record<'suggested' | 'model', ReadonlyMap<number, PredictionFrame>>>,
  interpolated: Uint8Array | null,
): Agreement {
  const open = [...suggested.keys()];
  const truth = concat(open.flatMap((k) => masksOf(image, k, label)));
  const maskOf = (frames: ReadonlyMap<number, PredictionFrame>): Uint8Array =>
    concat(
      open.flatMap((k) =>
        labelTargets(image, k, label).map((t) =>
          frames.get(k)!.maps[t]!.probability.map((p) => (p > 0.5 ? 1 : 0)),
        ),
      ),
    );
  const mask = maskOf(suggested);
  const pixels = image.slices[0]!.targets[0]!.mask.length;
  const shaped =
    interpolated && concat(open.map((k) => interpolated.subarray(k * pixels, (k + 1) * pixels)));
  const wrong = (other: Uint8Array): number =>
    other.reduce((sum, v, i) => sum + (v === truth[i] ? 0 : 1), 0);
  return {
    dice: dice(mask, truth),
    modelDice: dice(maskOf(model), truth),
    left: wrong(mask),
    interpolatedDice: shaped && dice(shaped, truth),
    interpolatedLeft: shaped && wrong(shaped),
  };
}

/** Truth of a label in slice k: one mask for each of its targets. */
export const masksOf = (image: SimulatedImage, k: number, label: number): Uint8Array[] =>
  labelTargets(image, k, label).map((t) => image.slices[k]!.targets[t]!.mask);

/** Truth of a label in all slices, one behind the other. */
export const wholeMask = (image: SimulatedImage, label: number): Uint8Array =>
  concat(image.slices.flatMap((_: DecidedSlice, k) => masksOf(image, k, label)));

function concat(masks: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(masks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const mask of masks) {
    whole.set(mask, at);
    at += mask.length;
  }
  return whole;
}
