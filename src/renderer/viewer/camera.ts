import {
  directionLetters,
  displayMap,
  mapGrid,
  type AxisMap,
} from '../../shared/geometry/index.ts';
import type { Raster } from '../../shared/image/index.ts';
import type { Axis, Triple } from '../../shared/volume.ts';

/**
 * From the screen to the patient and back. Four systems, each a step from the next:
 * screen: CSS pixels in a viewport, from its top left corner;
 * plane: mm (pixels where sizes are known in pixels alone) on the plane of the slices, right and down, from the centre of pixel [0, 0];
 * slice: [column, row] of a displayed slice, whole numbers at pixel centres;
 * voxel: (i, j, k) of the grid. From there `voxelToWorld` goes on to the patient (LPS, mm).
 */
export type Point = readonly [x: number, y: number];

/** How the slices of a raster across one of its axes are displayed. */
export interface SliceGeometry {
  readonly axis: Axis;
  readonly map: AxisMap;
  /** [columns, rows, slices]. */
  readonly size: Triple;
  /**
   * mm on the plane: x = basis[0]·column + basis[1]·row, y = basis[2]·row. The middle one is 0
   * unless the grid is sheared: its slices are parallelograms, and are shown as such.
   */
  readonly basis: Triple;
  /** Sides of the patient beyond the edges. */
  readonly letters: Record<'left' | 'right' | 'top' | 'bottom', string>;
}

export interface Screen {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  /** The point of the plane in the middle of the screen, mm. */
  readonly centre: Point;
  /** CSS pixels per mm. */
  readonly scale: number;
}

/** All that a viewport needs to know to place things. */
export interface View {
  readonly geometry: SliceGeometry;
  readonly camera: Camera;
  readonly screen: Screen;
}

/** Voxel axes count as perpendicular up to this |cos|, as in `hasShear`. */
const PERPENDICULAR = 1e-4;
/** A voxel is shown at most this large, in CSS pixels. */
const LARGEST_VOXEL = 64;
/** A slice is shown at least at this part of the size at which it fits. */
const SMALLEST_FIT = 1 / 4;

/**
 * @param raster its spacing is asked for where nothing says how slices lie in the patient.
 * @param frame [columns, rows] that a frame has of the raster, where it does not fill it; then slices are
 *   those along the third axis.
 */
export function sliceGeometry(
  raster: Pick<Raster, 'size' | 'affineLps'> & Partial<Pick<Raster, 'spacing'>>,
  axis: Axis,
  frame?: readonly [number, number],
): SliceGeometry {
  const { affineLps, spacing = [1, 1, 1] } = raster;
  const map = displayMap(raster, axis);
  const whole: Triple = frame ? [frame[0], frame[1], raster.size[2]] : raster.size;
  if (!affineLps) {
    const sizes = map.order.map((along) => whole[along]!) as unknown as Triple;
    const basis: Triple = [spacing[map.order[0] as Axis], 0, spacing[map.order[1] as Axis]];
    return { axis, map, size: sizes, basis, letters: { left: '', right: '', top: '', bottom: '' } };
  }
  const { size, affineLps: a } = mapGrid({ size: whole, affineLps }, map);
  const column: Triple = [a[0]!, a[4]!, a[8]!];
  const row: Triple = [a[1]!, a[5]!, a[9]!];
  const width = Math.hypot(...column);
  const height = Math.hypot(...row);
  const right: Triple = [column[0] / width, column[1] / width, column[2] / width];
  const along = row[0] * right[0] + row[1] * right[1] + row[2] * right[2];
  const lean = Math.abs(along) <= PERPENDICULAR * height ? 0 : along;
  const down: Triple = [
    row[0] - lean * right[0],
    row[1] - lean * right[1],
    row[2] - lean * right[2],
  ];
  const opposite = ([x, y, z]: Triple): Triple => [-x, -y, -z];
  return {
    axis,
    map,
    size,
    basis: [width, lean, lean === 0 ? height : Math.hypot(...down)],
    letters: {
      left: directionLetters(opposite(right)),
      right: directionLetters(right),
      top: directionLetters(opposite(down)),
      bottom: directionLetters(down),
    },
  };
}

/** The camera that shows a whole slice as large as the screen allows, in its middle. */
export function fitCamera({ size, basis }: SliceGeometry, { width, height }: Screen): Camera {
  const [columns, rows] = size;
  const wide = basis[0] * columns + Math.abs(basis[1]) * rows;
  const high = basis[2] * rows;
  return {
    centre: [(basis[0] * (columns - 1) + basis[1] * (rows - 1)) / 2, (basis[2] * (rows - 1)) / 2],
    scale: Math.min(width / wide, height / high),
  };
}

/** Moves the picture with the pointer, by CSS pixels. */
export function pan({ centre, scale }: Camera, [dx, dy]: Point): Camera {
  return { centre: [centre[0] - dx / scale, centre[1] - dy / scale], scale };
}

/** Enlarges the picture so that what is at a point of the screen stays there. */
export function zoomAt(view: View, at: Point, factor: number): Camera {
  const { geometry, camera, screen } = view;
  const fit = fitCamera(geometry, screen).scale;
  const largest = Math.max(fit, LARGEST_VOXEL / Math.min(geometry.basis[0], geometry.basis[2]));
  const scale = Math.min(largest, Math.max(fit * SMALLEST_FIT, camera.scale * factor));
  const [x, y] = fromCentre(screen, at);
  const shift = 1 / camera.scale - 1 / scale;
  return { centre: [camera.centre[0] + x * shift, camera.centre[1] + y * shift], scale };
}

/** [column, row] at a point of the screen, inside the slice or not. */
export function screenToSlice({ geometry, camera, screen }: View, at: Point): Point {
  const [x, y] = fromCentre(screen, at);
  const row = (camera.centre[1] + y / camera.scale) / geometry.basis[2];
  const onPlane = camera.centre[0] + x / camera.scale;
  return [(onPlane - geometry.basis[1] * row) / geometry.basis[0], row];
}

export function sliceToScreen({ geometry, camera, screen }: View, [column, row]: Point): Point {
  const x = geometry.basis[0] * column + geometry.basis[1] * row - camera.centre[0];
  const y = geometry.basis[2] * row - camera.centre[1];
  return [screen.width / 2 + x * camera.scale, screen.height / 2 + y * camera.scale];
}

/** Voxel position of [column, row] in the slice with an index. */
export function sliceToVoxel({ map, size }: SliceGeometry, at: Point, slice: number): Triple {
  const displayed = [at[0], at[1], slice];
  const voxel = [0, 0, 0] as [number, number, number];
  map.order.forEach((axis, n) => {
    voxel[axis] = map.flip[n] ? size[n]! - 1 - displayed[n]! : displayed[n]!;
  });
  return voxel;
}

/** [column, row, slice] of a voxel position. */
export function voxelToSlice({ map, size }: SliceGeometry, voxel: Triple): Triple {
  const on = (n: 0 | 1 | 2): number => {
    const along = voxel[map.order[n] as Axis];
    return map.flip[n] ? size[n] - 1 - along : along;
  };
  return [on(0), on(1), on(2)];
}

export function screenToVoxel(view: View, at: Point, slice: number): Triple {
  return sliceToVoxel(view.geometry, screenToSlice(view, at), slice);
}

/** Where a voxel position is seen, whichever slice is shown. */
export function voxelToScreen(view: View, voxel: Triple): Point {
  const [column, row] = voxelToSlice(view.geometry, voxel);
  return sliceToScreen(view, [column, row]);
}

/** The voxel that a position lies in, or undefined where there is none. */
export function voxelAt(size: Triple, position: Triple): Triple | undefined {
  const voxel = position.map(Math.round) as unknown as Triple;
  return voxel.every((v, axis) => v >= 0 && v < size[axis]!) ? voxel : undefined;
}

const fromCentre = ({ width, height }: Screen, [x, y]: Point): Point => [
  x - width / 2,
  y - height / 2,
];
