import type { Label, ReviewState, Workspace } from '../../workspace/index.ts';

/** Labels and decisions of a stack at one moment: others may paint while they are written. */
export interface Moment {
  readonly labels: readonly Label[];
  /** Runs (shared/labelmap/rle.ts) of the slices that hold a label. */
  readonly painted: ReadonlyMap<number, Uint8Array>;
  /** One for each slice. */
  readonly states: readonly ReviewState[];
  /** For each slice, ids of the labels that its state is about. */
  readonly covered: readonly (readonly string[])[];
}

export const momentOf = ({ labels, slices }: Workspace, stack: string): Moment => ({
  labels: labels.list(stack),
  painted: new Map(slices.painted(stack).map(({ index, runs }) => [index, runs])),
  states: slices.reviews(stack),
  covered: slices.covered(stack),
});
