import type { Edit } from './edit.ts';
import { planeBox, voxelsOf, type LabelVolume, type Plane } from './label-volume.ts';
import { act, cropMask, fullRegion, type Region } from './region.ts';
import type { EditRules } from './rules.ts';

export interface AcceptOptions {
  /** Only what lies in this region of the plane is taken: a lasso (`polygonRegion`), a stroke. */
  readonly inside?: Region;
  /** Also takes the label away where it is not suggested. */
  readonly replace?: boolean;
  /** Non-zero for pixels of the plane that a human has decided on: they stay as they are. */
  readonly decided?: Uint8Array;
}

/**
 * Makes a suggestion of the rules' label in a plane part of the labels. Rules and locks hold as for
 * painting: with `overwrite: 'empty'` no label that is there gives way.
 * @param suggestion non-zero where the label is suggested, one value per pixel as `sliceAlong`
 *   gives them.
 * @throws RangeError for maps that do not fill the plane, or a region beyond it.
 */
export function acceptSuggestion(
  volume: LabelVolume,
  plane: Plane,
  suggestion: Uint8Array,
  rules: EditRules,
  name: string,
  options: AcceptOptions = {},
): Edit {
  const box = planeBox(volume, plane);
  const { inside = fullRegion(box), replace = false, decided } = options;
  for (const map of [suggestion, decided ?? suggestion]) {
    if (map.length === voxelsOf(box.size)) continue;
    throw new RangeError(
      `A map of ${map.length} pixels is not of a slice of ${box.size.join(' × ')}.`,
    );
  }
  const suggested = cropMask(suggestion, box, inside);
  const kept = decided && cropMask(decided, box, inside);
  const mask = new Uint8Array(inside.mask.length);
  for (let at = 0; at < mask.length; at++) {
    if (inside.mask[at] === 0 || (kept && kept[at] !== 0)) continue;
    mask[at] = suggested[at] !== 0 ? 1 : replace ? 2 : 0;
  }
  return act(volume, { ...inside, mask }, ['paint', 'erase'], rules, name);
}
