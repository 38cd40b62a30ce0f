import type { Box } from '../../shared/edit/index.ts';
import type { Triple, Window } from '../../shared/volume.ts';
import { screenToVoxel, sliceToScreen, voxelToSlice, type Point, type View } from './camera.ts';

/** A rectangle in device pixels, from the top left corner of the canvas. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How everything is shown, the same in all viewports. */
export interface Look {
  readonly window: Window;
  /** Whether small values are bright. */
  readonly inverted: boolean;
  /** Image and maps: bilinear within the slice, or voxels as they are. */
  readonly interpolate: boolean;
  readonly labels: boolean;
  /** What is suggested, and not covered by a label. */
  readonly suggestions: boolean;
  /** What was suggested before, in place of what is now. */
  readonly before: boolean;
  /** Doubt in the colours of `inferno` on the fixed scale 0 … ln 2; drawn from a threshold in nats. */
  readonly heatmap: { readonly opacity: number; readonly threshold: number } | null;
  /** Width of borders in CSS pixels. */
  readonly lineWidth: number;
  /** Beyond the slice, #rrggbb. */
  readonly background: string;
  /** Marks over the picture. */
  readonly crosshair: boolean;
  readonly letters: boolean;
  readonly scaleBar: boolean;
}

export const DEFAULT_LOOK: Look = {
  window: { centre: 40, width: 400 },
  inverted: false,
  interpolate: true,
  labels: true,
  suggestions: true,
  before: false,
  heatmap: null,
  lineWidth: 1.5,
  background: '#000000',
  crosshair: true,
  letters: true,
  scaleBar: true,
};

/** A slice on its way to the canvas. */
export interface Picture {
  readonly area: Rect;
  /** The part of the area that the slice covers. */
  readonly content: Rect;
  /** Voxel position at the top left corner of the area, and its change from pixel to pixel. */
  readonly origin: Triple;
  readonly perX: Triple;
  readonly perY: Triple;
  /** Device pixels. */
  readonly lineWidth: number;
}

/**
 * @param area where the view's screen lies on the canvas.
 * @param lineWidth CSS pixels.
 */
export function pictureOf(view: View, slice: number, area: Rect, lineWidth: number): Picture {
  const { width, height } = view.screen;
  const at = (x: number, y: number): Triple => screenToVoxel(view, [x, y], slice);
  const origin = at(0, 0);
  const step = (end: Triple, pixels: number): Triple => [
    (end[0] - origin[0]) / pixels,
    (end[1] - origin[1]) / pixels,
    (end[2] - origin[2]) / pixels,
  ];
  return {
    area,
    content: contentOf(view, area),
    origin,
    perX: step(at(width, 0), area.width),
    perY: step(at(0, height), area.height),
    lineWidth: lineWidth * (area.width / width),
  };
}

/** The device pixels that a slice touches, within the area. */
function contentOf(view: View, area: Rect): Rect {
  const [columns, rows] = view.geometry.size;
  return boundsOf(view, area, [-0.5, -0.5], [columns - 0.5, rows - 0.5]);
}

/**
 * The device pixels that change with a box of voxels, within the area: where it is, where values
 * are interpolated with its own, and borders around it.
 */
export function boxBounds(view: View, area: Rect, { from, size }: Box, lineWidth: number): Rect {
  const low = voxelToSlice(view.geometry, from);
  const last: Triple = [from[0] + size[0] - 1, from[1] + size[1] - 1, from[2] + size[2] - 1];
  const high = voxelToSlice(view.geometry, last);
  const { basis } = view.geometry;
  const line = lineWidth / view.camera.scale;
  const margin = (axis: 0 | 1): number => 1 + line / basis[axis === 0 ? 0 : 2];
  const [left, right] = [Math.min(low[0], high[0]), Math.max(low[0], high[0])];
  const [top, bottom] = [Math.min(low[1], high[1]), Math.max(low[1], high[1])];
  return boundsOf(
    view,
    area,
    [left - margin(0), top - margin(1)],
    [right + margin(0), bottom + margin(1)],
  );
}

export function intersect(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const right = Math.min(a.x + a.width, b.x + b.width);
  const bottom = Math.min(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** The device pixels that a rectangle of [column, row] touches, within the area. */
function boundsOf(view: View, area: Rect, [u0, v0]: Point, [u1, v1]: Point): Rect {
  const corners = [u0, u1].flatMap((u) => [v0, v1].map((v) => sliceToScreen(view, [u, v])));
  const ends = ([0, 1] as const).map((axis) => {
    const [most, scale] =
      axis === 0
        ? [area.width, area.width / view.screen.width]
        : [area.height, area.height / view.screen.height];
    const along = corners.map((corner) => corner[axis] * scale);
    const low = Math.min(most, Math.max(0, Math.floor(Math.min(...along))));
    return [low, Math.max(low, Math.min(most, Math.ceil(Math.max(...along))))] as const;
  });
  const [[left, right], [top, bottom]] = ends as [
    readonly [number, number],
    readonly [number, number],
  ];
  return { x: area.x + left, y: area.y + top, width: right - left, height: bottom - top };
}
