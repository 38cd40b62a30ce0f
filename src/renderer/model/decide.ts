import {
  acceptSuggestion,
  joinEdits,
  type Edit,
  type EditRules,
  type LabelVolume,
} from '../../shared/edit/index.ts';

/** A label that is suggested in a slice. */
export interface Suggested {
  /** In the label map. */
  readonly value: number;
  /** 0 … 255 for probability 0 … 1, one value per pixel. */
  readonly probability: Uint8Array;
}

/** Probabilities above ½ are suggested: the first code above it. */
const HALF = 128;

/** @param probability 0 … 255 for 0 … 1. */
export const isSuggested = (probability: number): boolean => probability >= HALF;

/** Of each pixel, the most probable label above ½ (the first of equals), or 0. */
export function suggestedLabels(suggested: readonly Suggested[], pixels: number): Uint8Array {
  const labels = new Uint8Array(pixels);
  const highest = new Uint8Array(pixels).fill(HALF - 1);
  for (const { value, probability } of suggested) {
    for (let at = 0; at < pixels; at++) {
      if (probability[at]! > highest[at]!) {
        highest[at] = probability[at]!;
        labels[at] = value;
      }
    }
  }
  return labels;
}

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
  const wanted = suggestedLabels(suggested, pixels);
  const plane = { axis: 2, index } as const;
  const open = suggested.filter(({ value }) => !locked.has(value));
  const edits = open.map(({ value }) => {
    const rules: EditRules = { value, locked, overwrite: 'empty' };
    const mask = wanted.map((label) => (label === value ? 1 : 0));
    return acceptSuggestion(volume, plane, mask, rules, name);
  });
  const values = new Set(suggested.map(({ value }) => value));
  const before = volume.data.subarray(index * pixels, (index + 1) * pixels);
  // An accepted pixel was empty, and becomes what is wanted there unless that label is locked.
  const asSuggested = before.every((label, at) =>
    label === 0 ? !locked.has(wanted[at]!) : !values.has(label) || label === wanted[at],
  );
  return { edit: joinEdits(name, edits), asSuggested };
}
