import {
  axisMapTo,
  mapData,
  mapGrid,
  orientationCode,
  type AxisMap,
} from '../../shared/geometry/index.ts';
import type { Grid, Volume } from '../../shared/volume.ts';

/** The planes that slices are looked at in; an oblique grid's are the closest ones. */
export type Plane = 'axial' | 'coronal' | 'sagittal';

/** Towards the patient's left, back, feet or head: columns, then rows, of a displayed plane. */
const IN_PLANE: Record<Plane, string> = { axial: 'LP', sagittal: 'PI', coronal: 'LI' };
const THROUGH: Record<Plane, string> = { axial: 'SI', sagittal: 'LR', coronal: 'AP' };

/**
 * How the slices of a grid are displayed, and therefore shown to a model: columns to the patient's
 * left (to the back in sagittal slices), rows to the back (down in sagittal and coronal ones).
 * Slices keep the order that the grid has along its axis through the plane, so index n there is
 * index n along the third axis here.
 * @param plane default: the plane of the slices along the grid's third axis.
 */
export function displayMap({ affineLps }: Grid, plane?: Plane): AxisMap {
  const code = orientationCode(affineLps);
  const chosen = plane ?? planeOf(code[2]!);
  const through = [...code].find((letter) => THROUGH[chosen].includes(letter))!;
  return axisMapTo(affineLps, IN_PLANE[chosen] + through);
}

function planeOf(through: string): Plane {
  return (Object.keys(THROUGH) as Plane[]).find((plane) => THROUGH[plane].includes(through))!;
}

/** The plane of the slices along a grid's third axis. */
export const acquiredPlane = ({ affineLps }: Grid): Plane =>
  planeOf(orientationCode(affineLps)[2]!);

export const isIdentity = ({ order, flip }: AxisMap): boolean =>
  order.every((axis, n) => axis === n) && !flip.includes(true);

/** The same voxels in another storage order; the volume itself where nothing changes. */
export function turned(volume: Volume, map: AxisMap): Volume {
  if (isIdentity(map)) return volume;
  return { grid: mapGrid(volume.grid, map), data: mapData(volume.data, volume.grid.size, map) };
}
