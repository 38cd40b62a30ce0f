import type { UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { Slice } from '../preprocess.ts';

/** One slice to segment: several labels, each by its prompt. */
export interface PredictionRequest {
  /** Chosen by the caller, unique among the predictions under way. */
  readonly id: string;
  readonly slice: Slice;
  /** One text per label, at least one. */
  readonly prompts: readonly string[];
  /** Most Monte-Carlo samples; 0 asks for the mean pass alone. */
  readonly samples: number;
  readonly seed: number;
  /** Names the slice in the noise's key (its SOP instance UID): same key, same noise. */
  readonly sliceKey: string;
  /**
   * Sampling ends early once the standard error of p̄ (root mean square over pixels in doubt) is at
   * most this for every label; 0 never ends early.
   */
  readonly tolerance: number;
  /**
   * Higher goes first; equals share batches in the order they came. Somebody looks at what has more
   * than 0: it sends frames more often.
   */
  readonly priority: number;
  /** Frames on the way: the mean pass first, then refinements. Without, the last frame alone. */
  readonly preview: boolean;
  /** Shares its batches with no other slice: for one that may have crashed the engine. */
  readonly alone?: boolean;
}

/** The state of a prediction, at the resolution of the slice. */
export interface PredictionFrame {
  /** 0 is the mean pass (ε = 0), whose epistemic part is 0. */
  readonly samplesUsed: number;
  readonly final: boolean;
  /** For each prompt [rows, columns] maps. */
  readonly maps: readonly UncertaintyMaps[];
}
