import type { Grid, Triple, Volume } from '../volume.ts';
import {
  LETTERS,
  axisMapTo,
  mapData,
  mapGrid,
  orientationCode,
  type AxisMap,
} from './orientation.ts';

/** The planes that slices are looked at in; an oblique grid's are the closest ones. */
export type AnatomicalPlane = 'axial' | 'coronal' | 'sagittal';

/** Towards the patient's left, back, feet or head: columns, then rows, of a displayed plane. */
const IN_PLANE: Record<AnatomicalPlane, string> = { axial: 'LP', sagittal: 'PI', coronal: 'LI' };
const THROUGH: Record<AnatomicalPlane, string> = { axial: 'SI', sagittal: 'LR', coronal: 'AP' };

/**
 * How the slices of a grid are displayed, and therefore shown to a model: columns to the patient's
 * left (to the back in sagittal slices), rows to the back (down in sagittal and coronal ones).
 * Slices keep the order that the grid has along its axis through the plane, so index n there is
 * index n along the third axis here.
 * @param plane default: the plane of the slices along the grid's third axis.
 */
export function displayMap({ affineLps }: Grid, plane?: AnatomicalPlane): AxisMap {
  const code = orientationCode(affineLps);
  const chosen = plane ?? planeOf(code[2]!);
  const through = [...code].find((letter) => THROUGH[chosen].includes(letter))!;
  return axisMapTo(affineLps, IN_PLANE[chosen] + through);
}

function planeOf(through: string): AnatomicalPlane {
  return (Object.keys(THROUGH) as AnatomicalPlane[]).find((plane) =>
    THROUGH[plane].includes(through),
  )!;
}

/** The plane of the slices along a grid's third axis. */
export const acquiredPlane = ({ affineLps }: Grid): AnatomicalPlane =>
  planeOf(orientationCode(affineLps)[2]!);

export const isIdentity = ({ order, flip }: AxisMap): boolean =>
  order.every((axis, n) => axis === n) && !flip.includes(true);

/** The same voxels in another storage order; the volume itself where nothing changes. */
export function turned(volume: Volume, map: AxisMap): Volume {
  if (isIdentity(map)) return volume;
  return { grid: mapGrid(volume.grid, map), data: mapData(volume.data, volume.grid.size, map) };
}

/** |cos| from which a direction is said to go towards a side as well: 15° off the main axis. */
const OBLIQUE = Math.sin((15 * Math.PI) / 180);

/**
 * The sides of the patient that a direction (LPS) goes towards, the closest first: "L", or "LA" for
 * one between left and front, as DICOM's Patient Orientation has them (PS3.3 C.7.6.1.1.1). Sides
 * that it leans to by less than 15° are left out.
 */
export function directionLetters(direction: Triple): string {
  const length = Math.hypot(...direction);
  return direction
    .map((along, axis) => ({
      cos: Math.abs(along) / length,
      letter: LETTERS[axis]![along < 0 ? 1 : 0],
    }))
    .filter(({ cos }) => cos >= OBLIQUE)
    .sort((a, b) => b.cos - a.cos)
    .map(({ letter }) => letter)
    .join('');
}
