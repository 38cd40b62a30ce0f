import { anatomicalPlane } from '../../shared/geometry/index.ts';
import type { ImageKind } from '../../shared/image/index.ts';
import type { Affine, Axis } from '../../shared/volume.ts';

/** Views of an image are known by the axis that their slices are cut across. */
const AXES: readonly Axis[] = [2, 0, 1];
const PLANES = ['axial', 'sagittal', 'coronal'] as const;
const WITHOUT_PLANE = { 0: 'Across columns', 1: 'Across rows' } as const;

/**
 * The order in which views are shown: the large one, then axial, sagittal, coronal.
 * @param affineLps null where nothing says how the slices lie in the patient.
 */
export function viewOrder(affineLps: Affine | null, large: Axis): Axis[] {
  const place = (axis: Axis): number =>
    affineLps ? PLANES.indexOf(anatomicalPlane(affineLps, axis)) : AXES.indexOf(axis);
  const others = AXES.filter((axis) => axis !== large);
  return [large, ...others.sort((a, b) => place(a) - place(b))];
}

/** What slices are called of which nothing says how they lie in the patient. */
const FRAMES: Readonly<Record<ImageKind, string>> = {
  volume: 'Slices',
  stack: 'Frames',
  clip: 'Frames',
  picture: 'Picture',
  set: 'Pictures',
};

/** What a view is called, and its slices together: by anatomy alone where that is known. */
export function viewTitle(
  affineLps: Affine | null,
  axis: Axis,
  kind: ImageKind = 'volume',
): { readonly title: string; readonly slices: string } {
  const plane = anatomicalPlane(affineLps, axis);
  if (!plane) {
    const title = axis === 2 ? FRAMES[kind] : WITHOUT_PLANE[axis];
    return { title, slices: title };
  }
  const title = `${plane[0]!.toUpperCase()}${plane.slice(1)}`;
  return { title, slices: `${title} slices` };
}
