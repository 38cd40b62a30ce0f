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

/** A slice of which any label was accepted without a look counts as accepted unseen. */
export function momentOf({ labels, slices }: Workspace, stack: string): Moment {
  const decisions = slices.decisions(stack);
  return {
    labels: labels.list(stack),
    painted: new Map(slices.painted(stack).map(({ index, runs }) => [index, runs])),
    states: decisions.map(({ state, unseen }) => (unseen.length > 0 ? 'accepted-unseen' : state)),
    covered: decisions.map((decision) => decision.labels),
  };
}
