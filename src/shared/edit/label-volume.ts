import { MarginaliaError } from '../errors.ts';
import type { Axis, Triple, VoxelArray } from '../volume.ts';

/** One label per voxel, i fastest: `data[i + nx·(j + ny·k)]`. */
export interface LabelVolume {
  /** [nx, ny, nz]. */
  readonly size: Triple;
  /** Between voxel centres along i, j and k: mm, or pixels where no more is known. */
  readonly spacing: Triple;
  /** [columns, rows] of each slice along k, where slices do not fill the volume; null: all do. */
  readonly frameSizes?: readonly (readonly [number, number])[] | null;
  /** 0 = none, 1 … 255 = labels. */
  readonly data: Uint8Array;
}

/** Values of an image on the grid of a label volume, i fastest; Hounsfield units for CT. */
export type ImageValues = VoxelArray;

/** Voxels `from` … `from + size − 1` along each axis; empty where a size is 0. */
export interface Box {
  readonly from: Triple;
  readonly size: Triple;
}

/**
 * A slice in which a tool works, across an axis of the volume: 2 for slices as they were acquired.
 * Its pixels [u, v] run along the two other axes, the lower one first, as `sliceAlong` cuts them.
 */
export interface Plane {
  readonly axis: Axis;
  readonly index: number;
}

/** Where a tool works: in one slice, in which only its pixels are neighbours, or in space. */
export type Extent = Plane | 'volume';

/** A position in a plane in pixels: whole numbers are pixel centres. */
export type PlanePoint = readonly [u: number, v: number];

/** Lengths are compared with this margin in mm, so that rounding costs no voxel. */
export const MARGIN = 1e-6;

/** The number of voxels of an extent. */
export const voxelsOf = ([nx, ny, nz]: Triple): number => nx * ny * nz;

/** The two axes along which u and v of a plane run. */
export function axesOf(axis: Axis): readonly [0 | 1, 1 | 2] {
  return axis === 2 ? [0, 1] : axis === 1 ? [0, 2] : [1, 2];
}

/** Voxel position (i, j, k) of a position in a plane. */
export function liftPoint({ axis, index }: Plane, [u, v]: PlanePoint): Triple {
  return axis === 2 ? [u, v, index] : axis === 1 ? [u, index, v] : [index, u, v];
}

/**
 * All voxels of a plane, as far as its frame goes. Masks of such a box lie in memory as the pixels of the slice do.
 * @throws MarginaliaError `no-such-slice`.
 */
export function planeBox(
  { size, frameSizes }: Pick<LabelVolume, 'size' | 'frameSizes'>,
  { axis, index }: Plane,
): Box {
  if (!Number.isInteger(index) || index < 0 || index >= size[axis]) {
    throw new MarginaliaError(
      'no-such-slice',
      `There is no slice ${index} along axis ${axis}: it has ${size[axis]} slices.`,
    );
  }
  const [nx, ny, nz] = size;
  if (axis === 2) {
    const [columns, rows] = frameSizes?.[index] ?? [nx, ny];
    return { from: [0, 0, index], size: [columns, rows, 1] };
  }
  if (axis === 1) return { from: [0, index, 0], size: [nx, 1, nz] };
  return { from: [index, 0, 0], size: [1, ny, nz] };
}

/** The box of all voxels of a volume. */
export function wholeBox({ size }: Pick<LabelVolume, 'size'>): Box {
  return { from: [0, 0, 0], size };
}

/** All voxels of an extent. @throws MarginaliaError `no-such-slice`. */
export function extentBox(volume: LabelVolume, extent: Extent): Box {
  return extent === 'volume' ? wholeBox(volume) : planeBox(volume, extent);
}

/** What a voxel measures in an extent: mm² in a plane, mm³ in the volume. */
export function voxelMeasure({ spacing }: LabelVolume, extent: Extent): number {
  const volume = spacing[0] * spacing[1] * spacing[2];
  return extent === 'volume' ? volume : volume / spacing[extent.axis];
}

/**
 * A box and all that is no farther than `mm` from it along each axis, cut to `within`; nothing
 * around an empty one.
 */
export function padded({ from, size }: Box, mm: number, spacing: Triple, within: Box): Box {
  const by = spacing.map((step) => (mm + MARGIN) / step);
  const low = from.map((v, axis) => v - by[axis]!);
  const high = from.map((v, axis) => (size[axis]! > 0 ? v + size[axis]! - 1 + by[axis]! : -1));
  return boxAround([low[0]!, low[1]!, low[2]!], [high[0]!, high[1]!, high[2]!], within);
}

/** The smallest box of voxels that holds every voxel centre from `low` to `high`, cut to `within`. */
export function boxAround(low: Triple, high: Triple, within: Box): Box {
  const from = [0, 0, 0] as [number, number, number];
  const size = [0, 0, 0] as [number, number, number];
  for (const axis of [0, 1, 2] as const) {
    from[axis] = Math.max(within.from[axis], Math.ceil(low[axis]));
    const last = Math.min(within.from[axis] + within.size[axis] - 1, Math.floor(high[axis]));
    // Negated, so that NaN gives an empty box.
    size[axis] = last >= from[axis] ? last - from[axis] + 1 : 0;
  }
  return size.includes(0) ? { from: within.from, size: [0, 0, 0] } : { from, size };
}

/**
 * Calls `visit` for every row along i of a box.
 * @param visit gets the index of the row's first voxel in the volume, and in a mask of the box.
 */
export function eachRow(
  { from, size }: Box,
  [nx, ny]: Triple,
  visit: (voxel: number, at: number) => void,
): void {
  for (let z = 0, at = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++, at += size[0]) {
      visit(from[0] + nx * (from[1] + y + ny * (from[2] + z)), at);
    }
  }
}

/** @throws RangeError where values do not fill the grid of the labels. */
export function requireImage({ size }: LabelVolume, image: ImageValues): void {
  if (image.length !== voxelsOf(size)) {
    throw new RangeError(
      `An image of ${image.length} voxels is not on a grid of ${size.join(' × ')}.`,
    );
  }
}
