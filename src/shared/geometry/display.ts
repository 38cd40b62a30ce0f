import type { Affine, Axis, Triple, Volume } from '../volume.ts';
import {
  LETTERS,
  axisMapTo,
  mapData,
  mapGrid,
  orientationCode,
  type AxisMap,
} from './orientation.ts';

/** The planes of anatomy; the slices of an oblique grid are named by the closest one. */
export type AnatomicalPlane = 'axial' | 'coronal' | 'sagittal';

/** Towards the patient's left, back, feet or head: columns, then rows, of a displayed plane. */
const IN_PLANE: Record<AnatomicalPlane, string> = { axial: 'LP', sagittal: 'PI', coronal: 'LI' };
const THROUGH: Record<AnatomicalPlane, string> = { axial: 'SI', sagittal: 'LR', coronal: 'AP' };

/** Slices across each axis where nothing says how they lie in the patient: the lower axis in columns. */
const AS_STORED: Record<Axis, Triple> = { 0: [1, 2, 0], 1: [0, 2, 1], 2: [0, 1, 2] };

/**
 * The plane of the slices across a voxel axis; 2 is that of slices as they were acquired.
 * @param affineLps null where nothing says how the slices lie in the patient: then there is no plane.
 */
export function anatomicalPlane(affineLps: Affine, axis: Axis): AnatomicalPlane;
export function anatomicalPlane(affineLps: Affine | null, axis: Axis): AnatomicalPlane | null;
export function anatomicalPlane(affineLps: Affine | null, axis: Axis): AnatomicalPlane | null {
  if (!affineLps) return null;
  const towards = orientationCode(affineLps)[axis]!;
  const planes = Object.keys(THROUGH) as AnatomicalPlane[];
  return planes.find((plane) => THROUGH[plane].includes(towards))!;
}

/** The voxel axis that a plane of anatomy is cut across. */
export const axisAcross = (affineLps: Affine, plane: AnatomicalPlane): Axis =>
  ([0, 1, 2] as const).find((axis) => anatomicalPlane(affineLps, axis) === plane)!;

/**
 * How the slices across a voxel axis are displayed, and therefore shown to a model: columns to the
 * patient's left (to the back in sagittal slices), rows to the back (down in sagittal and coronal
 * ones); as they are stored where nothing says how they lie in the patient. Slices keep the order
 * that the grid has along the axis, so index n there is index n along the third axis here.
 * @param axis default: the slices that were acquired.
 */
export function displayMap(
  { affineLps }: { readonly affineLps: Affine | null },
  axis: Axis = 2,
): AxisMap {
  if (!affineLps) return { order: AS_STORED[axis], flip: [false, false, false] };
  const inPlane = IN_PLANE[anatomicalPlane(affineLps, axis)];
  return axisMapTo(affineLps, inPlane + orientationCode(affineLps)[axis]!);
}

/** Whether a map leaves voxels where they are. */
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
