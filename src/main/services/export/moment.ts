import type { Label, Review, Workspace } from '../../workspace/index.ts';

/** Labels and decisions of a stack at one moment: others may paint while they are written. */
export interface Moment {
  readonly labels: readonly Label[];
  /** Runs (shared/labelmap/rle.ts) of the slices that hold a label. */
  readonly painted: ReadonlyMap<number, Uint8Array>;
  /** The state of each slice, and the labels that it is about. */
  readonly decisions: readonly Review[];
}

export const momentOf = ({ labels, slices }: Workspace, stack: string): Moment => ({
  labels: labels.list(stack),
  painted: new Map(slices.painted(stack).map(({ index, runs }) => [index, runs])),
  decisions: slices.decisions(stack),
});
