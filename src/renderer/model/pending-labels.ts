import type { CallOutput } from '../../shared/contract/index.ts';

export type Label = CallOutput<'annotation.get'>['labels'][number];

/** What a label is to become; a change of null removes it. */
export interface LabelChange {
  readonly id: string;
  readonly change: Partial<Label> | null;
}

/**
 * Labels as the host has acknowledged them, with the changes on top that it has not acknowledged
 * yet.
 */
export const withPending = (
  labels: readonly Label[],
  changes: Iterable<LabelChange>,
): readonly Label[] =>
  [...changes].reduce(
    (all, { id, change }) =>
      change
        ? all.map((label) => (label.id === id ? { ...label, ...change } : label))
        : all.filter((label) => label.id !== id),
    labels,
  );
