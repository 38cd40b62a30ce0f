import type { DecidedSlice } from '../learn/index.ts';

/** An image with the truth of its slices. */
export interface SimulatedImage {
  /** Slices, frames or pictures as the model sees them, in their order. */
  readonly slices: readonly DecidedSlice[];
  /**
   * Names of what is annotated. One label has all targets of a slice, which may ask by several prompts; of
   * several labels each has the target of its number.
   */
  readonly labels: readonly string[];
  /**
   * Where slices lie behind one another, as `positionsOf`; then all are of one size. Null where neighbours have
   * nothing to do with each other: nothing is propagated or interpolated.
   */
  readonly positions: readonly number[] | null;
}

/** Which targets of slice k a label has. */
export const labelTargets = (
  { slices, labels }: SimulatedImage,
  k: number,
  label: number,
): number[] => (labels.length === 1 ? [...slices[k]!.targets.keys()] : [label]);
