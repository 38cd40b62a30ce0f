import type { LossValues } from '../medclipseg/learner.ts';
import type { Slice } from '../preprocess.ts';

/** A slice that a person has decided on: what each prompt means in it. */
export interface LearningSlice {
  readonly slice: Slice;
  /** Masks [rows, columns] of 0 and 1; an empty one teaches that the structure is not there. */
  readonly targets: readonly { readonly prompt: string; readonly mask: Uint8Array }[];
}

/** Which weights learn: all adapters and the head, the head alone, or the last adapters and the head. */
export type TrainableSet = 'all' | 'head' | { readonly lastAdapters: number };

export interface LearningSettings {
  readonly steps: number;
  /** Image-prompt pairs in a step. */
  readonly batch: number;
  /** Adam's rate falls from the first to the second along half a cosine. */
  readonly rate: readonly [number, number];
  readonly trainable: TrainableSet;
  /** Names the draws of augmentation, order and noise. */
  readonly seed: number;
  /** Whether left and right may be exchanged: never where the prompt tells them apart. */
  readonly flip: boolean;
  /** Share of a batch that repeats what the bundle knew before, where it brings such cases. */
  readonly replay: number;
  /** Augmented versions of a slice; each is sent through the frozen layers once. */
  readonly variants: number;
  /** Steps between two looks at the validation slices. */
  readonly validateEvery: number;
}

/**
 * As published (model.md, “Training”) but for what makes it quick: few steps, and a rate that starts
 * three times as high, since a round has to be over within a minute.
 */
export const LEARNING_DEFAULTS: LearningSettings = {
  steps: 120,
  batch: 8,
  rate: [1e-3, 1e-4],
  trainable: 'all',
  seed: 0,
  flip: false,
  replay: 0.25,
  variants: 12,
  validateEvery: 20,
};

export interface LearningJob {
  /** At least one. */
  readonly training: readonly LearningSlice[];
  /** Never trained on; looked at for the curve. */
  readonly validation: readonly LearningSlice[];
  /** Cases of the bundle that must not be forgotten. */
  readonly replay: readonly LearningSlice[];
  readonly settings: LearningSettings;
}

export interface LearningProgress {
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** Of the last step. */
  readonly losses: LossValues;
  /** Mean Dice of the validation pairs in the mean pass, at the model's size; when looked at. */
  readonly validationDice?: number;
  readonly secondsLeft: number;
}
