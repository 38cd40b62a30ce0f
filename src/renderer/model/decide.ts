import { collectChanges, type Edit } from '../../shared/edit/edit.ts';
import type { LabelVolume } from '../../shared/edit/index.ts';
import { suggestedLabels, type Suggested } from '../../shared/suggested.ts';

/** What is drawn of the suggestions of a slice, and what of it is accepted. */
export interface Accepted {
  /** Put together as `openSuggestion` does: the label of each pixel, 0 for none. */
  readonly drawn: Uint8Array;
  /** Values of the labels that are accepted. */
  readonly values: ReadonlySet<number>;
}

/** Takes what is drawn of suggestions on a slice: voxels that have a label keep it, whoever gave it. */
export function acceptSlice(
  { data, size }: LabelVolume,
  index: number,
  { drawn, values }: Accepted,
  name: string,
): Edit {
  const changes = collectChanges();
  const first = index * size[0] * size[1];
  for (let at = 0; at < drawn.length; at++) {
    const label = drawn[at]!;
    if (label !== 0 && data[first + at] === 0 && values.has(label)) {
      changes.add(first + at, 1, 0, label);
    }
  }
  return changes.edit(name);
}

/**
 * Whether a slice is as suggested once what is drawn of these labels was accepted.
 * @param all suggestions that are drawn.
 */
export function isAsSuggested(
  { data, size }: LabelVolume,
  index: number,
  all: readonly Suggested[],
  values: ReadonlySet<number>,
  locked: ReadonlySet<number>,
): boolean {
  const pixels = size[0] * size[1];
  const wanted = suggestedLabels(all, pixels);
  const before = data.subarray(index * pixels, (index + 1) * pixels);
  // An accepted pixel was empty, and becomes what is wanted there unless that label is locked.
  return before.every((label, at) =>
    label === 0 ? !locked.has(wanted[at]!) : !values.has(label) || label === wanted[at],
  );
}
