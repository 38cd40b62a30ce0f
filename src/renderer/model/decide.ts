import {
  acceptSuggestion,
  joinEdits,
  type Edit,
  type EditRules,
  type LabelVolume,
} from '../../shared/edit/index.ts';
import { suggestedLabels, type Suggested } from '../../shared/suggested.ts';

/** What is drawn on a slice, and what of it is accepted. */
export interface Accepted {
  /** All suggestions that are drawn. */
  readonly all: readonly Suggested[];
  /** Put together as `openSuggestion` does: the label of each pixel, 0 for none. */
  readonly drawn: Uint8Array;
  /** Values of the labels that are accepted. */
  readonly values: ReadonlySet<number>;
  readonly locked: ReadonlySet<number>;
}

/**
 * Takes what is drawn of suggestions on a slice: voxels that have a label keep it, whoever gave it.
 * @returns the edit, and whether the slice then is as suggested.
 */
export function acceptSlice(
  volume: LabelVolume,
  index: number,
  { all, drawn, values, locked }: Accepted,
  name: string,
): { readonly edit: Edit; readonly asSuggested: boolean } {
  const pixels = volume.size[0] * volume.size[1];
  const before = volume.data.slice(index * pixels, (index + 1) * pixels);
  const plane = { axis: 2, index } as const;
  const edits = [...values]
    .filter((value) => !locked.has(value))
    .map((value) => {
      const rules: EditRules = { value, locked, overwrite: 'empty' };
      const mask = drawn.map((label) => (label === value ? 1 : 0));
      return acceptSuggestion(volume, plane, mask, rules, name);
    });
  const wanted = suggestedLabels(all, pixels);
  // An accepted pixel was empty, and becomes what is wanted there unless that label is locked.
  const asSuggested = before.every((label, at) =>
    label === 0 ? !locked.has(wanted[at]!) : !values.has(label) || label === wanted[at],
  );
  return { edit: joinEdits(name, edits), asSuggested };
}
