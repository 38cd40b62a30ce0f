import { componentTaker } from '../connected.ts';
import type { Edit } from './edit.ts';
import { extentBox, MARGIN, voxelMeasure, type Extent, type LabelVolume } from './label-volume.ts';
import { erase, labelBounds, labelRegion } from './region.ts';
import type { EditRules } from './rules.ts';

/** Which pieces stay: the largest (the first of equal ones), or all from a size on: mm², mm³. */
export type KeptIslands = 'largest' | { readonly atLeast: number };

/**
 * Takes away pieces of the label: components of 8-neighbours in a plane, measured in mm², or of
 * 26-neighbours in the volume, in mm³. Takes time with the box around the label, once it is found.
 */
export function removeIslands(
  volume: LabelVolume,
  extent: Extent,
  keep: KeptIslands,
  rules: EditRules,
  name: string,
): Edit {
  const box = labelBounds(volume, extentBox(volume, extent), rules.value);
  const region = labelRegion(volume, box, rules.value);
  const measure = voxelMeasure(volume, extent);
  const todo = region.mask.slice();
  const take = componentTaker(todo, box.size, 'corners');
  const removed = region.mask;
  let largest = { seed: -1, count: 0 };
  for (let seed = 0; seed < todo.length; seed++) {
    if (todo[seed] === 0) continue;
    const voxels = take(seed);
    if (voxels.length > largest.count) largest = { seed, count: voxels.length };
    if (keep === 'largest' || voxels.length * measure < keep.atLeast - MARGIN) continue;
    for (const voxel of voxels) removed[voxel] = 0;
  }
  if (keep === 'largest' && largest.count > 0) {
    componentTaker(removed, box.size, 'corners')(largest.seed);
  }
  return erase(volume, { ...box, mask: removed }, rules, name);
}
