import type { Edit } from './edit.ts';
import { planeBox, type LabelVolume, type Plane } from './label-volume.ts';
import { erase, fullRegion, labelRegion } from './region.ts';
import type { EditRules } from './rules.ts';
import { acceptSuggestion } from './suggestion.ts';

/**
 * Gives a slice the rules' label as another slice of the same plane has it: added where it is
 * missing, taken away where it is too much.
 * @param from index of the slice to copy from, along the axis of the plane.
 * @throws MarginaliaError `no-such-slice`, `label-locked`.
 */
export function copySlice(
  volume: LabelVolume,
  from: number,
  to: Plane,
  rules: EditRules,
  name: string,
): Edit {
  const source = labelRegion(volume, planeBox(volume, { ...to, index: from }), rules.value);
  return acceptSuggestion(volume, to, source.mask, rules, name, { replace: true });
}

/** Takes the label, or with `clear` every label that is not locked, from a slice. */
export function clearSlice(
  volume: LabelVolume,
  plane: Plane,
  rules: EditRules,
  name: string,
  action: 'erase' | 'clear' = 'erase',
): Edit {
  return erase(volume, fullRegion(planeBox(volume, plane)), rules, name, action);
}
