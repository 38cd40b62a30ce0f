import type { LabelVolume, Plane } from '../../shared/edit/index.ts';
import { voxelToWorld } from '../../shared/geometry/index.ts';
import { MAX_ENTROPY } from '../../shared/uncertainty.ts';
import { frameSize, gridOf, type Raster } from '../../shared/image/index.ts';
import type { Axis, Triple } from '../../shared/volume.ts';
import { voxelAt, type SliceGeometry } from './camera.ts';
import type { Look } from './picture.ts';
import { channelsOf, type ViewedImage } from './viewed-image.ts';

/** A distance between two places of one slice, as voxel positions. */
export interface Measurement {
  /** Of the view in which it was made. */
  readonly axis: Axis;
  readonly slice: number;
  readonly from: Triple;
  readonly to: Triple;
}

/** What all viewports look at. */
export interface Scene {
  readonly volume: ViewedImage | null;
  /** Whether the voxels of a slice along the third axis are there. */
  readonly hasArrived: (slice: number) => boolean;
  readonly labels: LabelVolume | null;
  /** The voxel in which the planes meet. */
  readonly position: Triple;
  readonly look: Look;
  readonly measurements: readonly Measurement[];
}

/** What is at a place under the pointer. */
export interface Readout {
  /** Of the view that the pointer is in. */
  readonly axis: Axis;
  readonly slice: number;
  readonly voxel: Triple;
  /** Under the pointer itself: LPS, mm; null where nothing says where slices lie. */
  readonly world: Triple | null;
  /** Of the image at the voxel, in its unit; of colour red, green, blue; null where it has not come yet. */
  readonly value: number | readonly [number, number, number] | null;
  /** 0: none. */
  readonly label: number;
  /** Value of the label that is suggested there, and drawn; 0: none. */
  readonly suggested: number;
  /** Doubt that is shown, in nats; null where there is none. */
  readonly uncertainty: number | null;
}

/** The slice of a view that goes through a voxel. */
export const sliceThrough = ({ axis }: SliceGeometry, position: Triple): number => position[axis];

/** The voxel through which a slice goes, moved along its normal alone and kept in the volume. */
export function movedTo({ axis, size }: SliceGeometry, position: Triple, slice: number): Triple {
  const moved = [...position] as [number, number, number];
  moved[axis] = Math.min(size[2] - 1, Math.max(0, Math.round(slice)));
  return moved;
}

/** A displayed slice as the editing tools name it. */
export const editPlane = ({ axis }: SliceGeometry, slice: number): Plane => ({
  axis,
  index: slice,
});

/**
 * What is at a voxel position; null outside the volume.
 * @param mapValue byte of a map, undefined where there is none.
 */
export function readOut(
  { volume, labels, hasArrived, look }: Pick<Scene, 'volume' | 'labels' | 'hasArrived' | 'look'>,
  at: { readonly axis: Axis; readonly slice: number; readonly position: Triple },
  mapValue: (kind: 'suggested' | 'before' | 'uncertainty', voxel: Triple) => number | undefined,
): Readout | null {
  const voxel = volume && voxelAt(volume.raster.size, at.position);
  if (!volume || !voxel) return null;
  const { raster, pixels } = volume;
  const [columns, rows] = frameSize(raster, voxel[2]);
  if (voxel[0] >= columns || voxel[1] >= rows) return null;
  const [nx, ny] = raster.size;
  const grid = gridOf(raster);
  const n = voxel[0] + nx * (voxel[1] + ny * voxel[2]);
  const label = labels?.data[n] ?? 0;
  const uncertainty = mapValue('uncertainty', voxel);
  return {
    axis: at.axis,
    slice: at.slice,
    voxel,
    world: grid && voxelToWorld(grid, at.position),
    value: hasArrived(voxel[2]) ? valueAt(pixels, n) : null,
    label,
    suggested: label === 0 ? (mapValue(look.before ? 'before' : 'suggested', voxel) ?? 0) : 0,
    uncertainty: uncertainty === undefined ? null : (uncertainty / 255) * MAX_ENTROPY,
  };
}

function valueAt(pixels: ViewedImage['pixels'], n: number): Readout['value'] {
  return pixels instanceof Uint32Array ? channelsOf(pixels[n]!) : pixels[n]!;
}

/** Length of a measurement: mm, or pixels where sizes are known in pixels alone. */
export function lengthOf({ from, to }: Measurement, raster: Raster): number {
  const grid = gridOf(raster);
  const place = (voxel: Triple): Triple =>
    grid
      ? voxelToWorld(grid, voxel)
      : [voxel[0] * raster.spacing[0], voxel[1] * raster.spacing[1], voxel[2] * raster.spacing[2]];
  const [p, q] = [place(from), place(to)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}
