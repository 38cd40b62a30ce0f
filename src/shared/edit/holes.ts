import { componentTaker } from '../connected.ts';
import type { Edit } from './edit.ts';
import { extentBox, type Extent, type LabelVolume } from './label-volume.ts';
import { labelBounds, paint, restRegion } from './region.ts';
import type { EditRules } from './rules.ts';

/**
 * Gives the label to all that it encloses: what does not reach the border of the extent by
 * 4-neighbours in a plane, or 6-neighbours in the volume. Other labels in a hole are painted over
 * where the rules allow it. Takes time with the box around the label, once it is found.
 */
export function fillHoles(
  volume: LabelVolume,
  extent: Extent,
  rules: EditRules,
  name: string,
): Edit {
  // What reaches the border of the label's box reaches on to that of the extent, or is there.
  const box = labelBounds(volume, extentBox(volume, extent), rules.value);
  const { mask } = restRegion(volume, box, rules.value);
  const [nx, ny, nz] = box.size;
  const take = componentTaker(mask, box.size, 'faces');
  const takeOpen = (at: number): void => {
    if (mask[at] === 1) take(at);
  };
  const isOpen = (axis: 0 | 1 | 2): boolean => extent === 'volume' || extent.axis !== axis;
  const layer = nx * ny;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = z * layer + y * nx;
      const isEnd =
        (isOpen(1) && (y === 0 || y === ny - 1)) || (isOpen(2) && (z === 0 || z === nz - 1));
      if (isEnd) for (let x = 0; x < nx; x++) takeOpen(row + x);
      if (!isOpen(0)) continue;
      takeOpen(row);
      takeOpen(row + nx - 1);
    }
  }
  return paint(volume, { ...box, mask }, rules, name);
}
