import {
  acceptSuggestion,
  joinEdits,
  type Edit,
  type EditRules,
  type LabelVolume,
} from '../../shared/edit/index.ts';
import { drawnSuggestion, suggestedLabels, type Suggested } from '../../shared/suggested.ts';

/**
 * Takes the suggestions of a slice: voxels that have a label keep it, whoever gave it.
 * @returns the edit, and whether the slice then is as suggested.
 */
export function acceptSlice(
  volume: LabelVolume,
  index: number,
  suggested: readonly Suggested[],
  locked: ReadonlySet<number>,
  name: string,
): { readonly edit: Edit; readonly asSuggested: boolean } {
  const pixels = volume.size[0] * volume.size[1];
  const before = volume.data.subarray(index * pixels, (index + 1) * pixels);
  const wanted = suggestedLabels(suggested, pixels);
  const drawn = drawnSuggestion(before, suggested, locked);
  const plane = { axis: 2, index } as const;
  const open = suggested.filter(({ value }) => !locked.has(value));
  const edits = open.map(({ value }) => {
    const rules: EditRules = { value, locked, overwrite: 'empty' };
    const mask = drawn.map((label) => (label === value ? 1 : 0));
    return acceptSuggestion(volume, plane, mask, rules, name);
  });
  const values = new Set(suggested.map(({ value }) => value));
  // An accepted pixel was empty, and becomes what is wanted there unless that label is locked.
  const asSuggested = before.every((label, at) =>
    label === 0 ? !locked.has(wanted[at]!) : !values.has(label) || label === wanted[at],
  );
  return { edit: joinEdits(name, edits), asSuggested };
}
