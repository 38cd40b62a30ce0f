import { chance, factor, uniform, whole } from '../../../shared/random-draws.ts';
import { keyedState, type RandomState } from '../../../shared/random.ts';
import {
  modelPicture,
  pictureOf,
  resizeMap,
  type GreySlice,
  type Picture,
  type Slice,
} from '../preprocess.ts';
import { disturb, warp } from './augment.ts';
import type { LearningJob, LearningSlice } from './types.ts';

/** A slice as the model learns from it: its input and what each of its prompts means there. */
export interface Example {
  /** S × S. */
  readonly picture: Picture;
  /** [S, S] of 0 and 1, in the order of the slice's targets. */
  readonly masks: readonly Uint8Array[];
}

/** As prediction sees it. */
export function plainExample({ slice, targets }: LearningSlice, side: number): Example {
  const { rows, columns } = slice;
  const masks = targets.map(({ mask }) => {
    const soft = resizeMap(Float32Array.from(mask), rows, columns, side, side);
    return Uint8Array.from(soft, (v) => (v > 0.5 ? 1 : 0));
  });
  return { picture: modelPicture(slice, side), masks };
}

/**
 * Another window where there is one, turned, scaled and shifted, another brightness: one of
 * `settings.variants`.
 */
export function augmentedExample(
  learned: LearningSlice,
  side: number,
  flip: boolean,
  state: RandomState,
): Example {
  const masks = learned.targets.map((target) => target.mask);
  const seen = { picture: pictureOf(withOtherWindow(learned.slice, state)), masks };
  const warped = warp(seen, state, { side, flip });
  return { ...warped, picture: disturb(warped.picture, state) };
}

function withOtherWindow(slice: Slice, state: RandomState): Slice {
  return slice.channels === 1 ? { ...slice, window: jitter(slice.window, state) } : slice;
}

function jitter({ centre, width }: GreySlice['window'], state: RandomState): GreySlice['window'] {
  return {
    centre: centre + uniform(state, -0.06, 0.06) * width,
    width: width * factor(state, 1.2),
  };
}

/** Which slice, which of its augmented versions, which of its prompts. */
export interface Pick {
  readonly slice: LearningSlice;
  readonly variant: number;
  readonly target: number;
}

/**
 * The pairs of one step. Every corrected slice comes equally often whatever its number of labels;
 * the same settings and step give the same picks.
 */
export function drawPicks(job: LearningJob, step: number): Pick[] {
  const { batch, seed, variants } = job.settings;
  const state = keyedState('learning order', seed, step);
  const ofReplay = replayCount(job, state);
  return Array.from({ length: batch }, (_, i) => {
    const isTraining = i >= ofReplay;
    const slices = isTraining ? job.training : job.replay;
    // One after the other, so that with few slices none is left out by chance.
    const at = isTraining ? (step * batch + i) % slices.length : whole(state, 0, slices.length - 1);
    const slice = slices[at]!;
    return {
      slice,
      variant: whole(state, 0, variants - 1),
      target: whole(state, 0, slice.targets.length - 1),
    };
  });
}

/** Share of the batch, rounded at random, so that small shares are kept on average. */
function replayCount({ replay, settings }: LearningJob, state: RandomState): number {
  if (replay.length === 0) return 0;
  const wanted = settings.batch * settings.replay;
  const count = Math.floor(wanted) + (chance(state, wanted % 1) ? 1 : 0);
  return Math.min(count, settings.batch - 1);
}
