import { squaredDistances } from '../metrics/distance.ts';
import type { Edit } from './edit.ts';
import { extentBox, MARGIN, padded, type Extent, type LabelVolume } from './label-volume.ts';
import { erase, labelBounds, labelRegion, paint, restRegion, type Region } from './region.ts';
import type { EditRules } from './rules.ts';

/**
 * Gives the label to all that is no farther than `mm` from it, from voxel centre to voxel centre.
 * Takes time with the box that the label grows to, once it is found.
 */
export function grow(
  volume: LabelVolume,
  extent: Extent,
  mm: number,
  rules: EditRules,
  name: string,
): Edit {
  requireLength(mm);
  const all = extentBox(volume, extent);
  const box = padded(labelBounds(volume, all, rules.value), mm, volume.spacing, all);
  const label = labelRegion(volume, box, rules.value);
  return paint(volume, near(volume, label, mm), rules, name);
}

/**
 * Takes the label from all that is no farther than `mm` from where it is not, from voxel centre to
 * voxel centre; it does not shrink from the border of the volume. Shrinking is growing of all that
 * is not the label. Takes time with the box around the label, once it is found.
 */
export function shrink(
  volume: LabelVolume,
  extent: Extent,
  mm: number,
  rules: EditRules,
  name: string,
): Edit {
  requireLength(mm);
  const all = extentBox(volume, extent);
  const bounds = labelBounds(volume, all, rules.value);
  // One layer around it: nothing beyond that is nearer.
  const layer = Math.max(...volume.spacing);
  const rest = restRegion(volume, padded(bounds, layer, volume.spacing, all), rules.value);
  return erase(volume, near(volume, rest, mm), rules, name);
}

/** The voxels of a region's box that are no farther than `mm` from it. */
function near({ spacing }: LabelVolume, region: Region, mm: number): Region {
  const squared = squaredDistances(region.mask, region.size, spacing);
  const mask = new Uint8Array(squared.length);
  for (let at = 0; at < mask.length; at++) if (squared[at]! <= (mm + MARGIN) ** 2) mask[at] = 1;
  return { ...region, mask };
}

function requireLength(mm: number): void {
  if (!(mm >= 0 && mm < Infinity)) throw new RangeError(`${mm} mm is no length.`);
}
