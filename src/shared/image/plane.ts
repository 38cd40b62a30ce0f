import type { Plane } from './info.ts';
import type { Triple } from '../volume.ts';

/** The unit normal row × column (LPS), along which slices are sorted. */
export function normalOf({ row, column }: Plane): Triple {
  return [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ];
}

/** Distance of a plane from the patient's origin along its normal, mm. */
export function distanceAlongNormal(plane: Plane): number {
  const normal = normalOf(plane);
  const { position } = plane;
  return position[0] * normal[0] + position[1] * normal[1] + position[2] * normal[2];
}
