import type { Axis } from '../../shared/volume.ts';
import { voxelToScreen, type Point, type Screen, type View } from './camera.ts';
import { lengthOf, type Measurement, type Scene } from './scene.ts';

/** What a mark is for: the overlay gives each kind its colour and weight. */
export type Ink = 'crosshair' | 'letter' | 'scale' | 'measure' | 'tool' | 'tool-erase';

/** A mark over the picture, in CSS pixels of the viewport. */
export type Shape =
  | {
      readonly kind: 'path';
      readonly ink: Ink;
      readonly points: readonly Point[];
      readonly closed?: boolean;
      readonly dashed?: boolean;
    }
  | { readonly kind: 'circle'; readonly ink: Ink; readonly centre: Point; readonly radius: number }
  | {
      readonly kind: 'text';
      readonly ink: Ink;
      readonly at: Point;
      readonly text: string;
      readonly align: 'left' | 'center' | 'right';
      readonly baseline: 'top' | 'middle' | 'bottom';
    };

/** Left free around the point in which the lines of a crosshair meet, CSS pixels. */
const GAP = 12;
const MARGIN = 10;
/** A scale bar is at most this part of the width of a viewport. */
const SCALE_PART = 1 / 4;

/** The lines in which the other two slices cut this one. */
export function crosshairShapes(view: View, position: Scene['position']): Shape[] {
  const [columns, rows] = view.geometry.size;
  const at = voxelToScreen(view, position);
  const { map } = view.geometry;
  const along = (n: 0 | 1, end: number): Point => {
    const voxel = [...position] as [number, number, number];
    const axis = map.order[n] as Axis;
    voxel[axis] = map.flip[n] ? view.geometry.size[n] - 1 - end : end;
    return voxelToScreen(view, voxel);
  };
  const ends = [along(0, -0.5), along(0, columns - 0.5), along(1, -0.5), along(1, rows - 0.5)];
  return ends.flatMap((end): Shape[] => {
    const length = Math.hypot(end[0] - at[0], end[1] - at[1]);
    if (length <= GAP) return [];
    const start: Point = [
      at[0] + ((end[0] - at[0]) * GAP) / length,
      at[1] + ((end[1] - at[1]) * GAP) / length,
    ];
    return [{ kind: 'path', ink: 'crosshair', points: [start, end] }];
  });
}

/** Below this width the title of a view reaches to its middle: the upper letter goes below it. */
const NARROW = 380;
const BELOW_TITLE = 28;

/** Which side of the patient lies beyond each edge. */
export function letterShapes({ geometry, screen }: View): Shape[] {
  const upper = screen.width < NARROW ? BELOW_TITLE : MARGIN;
  const { left, right, top, bottom } = geometry.letters;
  const [middle, centre] = [screen.height / 2, screen.width / 2];
  const ink = 'letter';
  return [
    { kind: 'text', ink, at: [MARGIN, middle], text: left, align: 'left', baseline: 'middle' },
    {
      kind: 'text',
      ink,
      at: [screen.width - MARGIN, middle],
      text: right,
      align: 'right',
      baseline: 'middle',
    },
    { kind: 'text', ink, at: [centre, upper], text: top, align: 'center', baseline: 'top' },
    {
      kind: 'text',
      ink,
      at: [centre, screen.height - MARGIN],
      text: bottom,
      align: 'center',
      baseline: 'bottom',
    },
  ];
}

/** The longest of 1, 2, 5, 10 … mm that is no longer than `most` CSS pixels. */
export function scaleLength(pixelsPerMm: number, most: number): number {
  const mm = most / pixelsPerMm;
  const power = 10 ** Math.floor(Math.log10(mm));
  return power * ([5, 2].find((n) => n * power <= mm) ?? 1);
}

export const formatLength = (mm: number): string =>
  mm >= 10 ? `${Number((mm / 10).toFixed(1))} cm` : `${Number(mm.toPrecision(2))} mm`;

/** A bar of a round length, upright at the right edge, where no corner text stands. */
export function scaleShapes({
  camera,
  screen,
}: {
  readonly camera: View['camera'];
  readonly screen: Screen;
}): Shape[] {
  const mm = scaleLength(camera.scale, screen.height * SCALE_PART);
  const length = mm * camera.scale;
  const x = screen.width - MARGIN;
  // Below the letter of the right side.
  const top = screen.height / 2 + 24;
  const bottom = top + length;
  return [
    {
      kind: 'path',
      ink: 'scale',
      points: [
        [x - 5, top],
        [x, top],
        [x, bottom],
        [x - 5, bottom],
      ],
    },
    {
      kind: 'text',
      ink: 'scale',
      at: [x - 9, bottom],
      text: formatLength(mm),
      align: 'right',
      baseline: 'bottom',
    },
  ];
}

/** Measurements of the slice that is shown. */
export function measurementShapes(
  view: View,
  slice: number,
  { volume, measurements }: Scene,
): Shape[] {
  if (!volume) return [];
  const shown = measurements.filter((m) => m.axis === view.geometry.axis && m.slice === slice);
  return shown.flatMap((m): Shape[] => {
    const [from, to] = [voxelToScreen(view, m.from), voxelToScreen(view, m.to)];
    const text = `${lengthOf(m, volume.raster).toFixed(1)} ${volume.raster.measured ? 'mm' : 'px'}`;
    const right = to[0] >= from[0];
    const at: Point = [to[0] + (right ? 8 : -8), to[1]];
    return [
      { kind: 'path', ink: 'measure', points: [from, to] },
      ...[from, to].map((end) => cross(end)),
      {
        kind: 'text',
        ink: 'measure',
        at,
        text,
        align: right ? 'left' : 'right',
        baseline: 'middle',
      },
    ];
  });
}

const cross = ([x, y]: Point): Shape => ({
  kind: 'circle',
  ink: 'measure',
  centre: [x, y],
  radius: 3,
});

/** Everything that is drawn over a slice, tools aside. */
export function sceneShapes(view: View, slice: number, scene: Scene): Shape[] {
  const { crosshair, letters, scaleBar } = scene.look;
  const { isGrid = false, measured = null } = scene.volume?.raster ?? {};
  return [
    ...(crosshair && isGrid ? crosshairShapes(view, scene.position) : []),
    ...(letters ? letterShapes(view) : []),
    ...(scaleBar && measured ? scaleShapes(view) : []),
    ...measurementShapes(view, slice, scene),
    ...loadingShapes(view, slice, scene),
  ];
}

/** That a slice has not been read yet. */
function loadingShapes({ geometry, screen }: View, slice: number, scene: Scene): Shape[] {
  const isMissing = scene.volume && geometry.map.order[2] === 2 && !scene.hasArrived(slice);
  if (!isMissing) return [];
  const at: Point = [screen.width / 2, screen.height / 2 + 2 * GAP];
  return [
    { kind: 'text', ink: 'letter', at, text: 'not read yet', align: 'center', baseline: 'top' },
  ];
}

/** Whether a measurement's end lies at a point of the screen, and which. */
export function endAt(
  view: View,
  slice: number,
  measurements: readonly Measurement[],
  at: Point,
  within = 8,
): { readonly index: number; readonly end: 'from' | 'to' } | undefined {
  for (const [index, m] of measurements.entries()) {
    if (m.axis !== view.geometry.axis || m.slice !== slice) continue;
    for (const end of ['to', 'from'] as const) {
      const [x, y] = voxelToScreen(view, m[end]);
      if (Math.hypot(x - at[0], y - at[1]) <= within) return { index, end };
    }
  }
  return undefined;
}
