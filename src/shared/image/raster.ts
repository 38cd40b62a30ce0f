import { spacingOf, type Affine, type Grid, type Triple } from '../volume.ts';
import type { FrameInfo, FrameSpacing } from './info.ts';
import { normalOf } from './plane.ts';

/**
 * The array that the frames of an image fill, and how it is shown. Labels, maps and tools work on it,
 * whatever kind of image it is.
 */
export interface Raster {
  /** [columns, rows, frames]. */
  readonly size: Triple;
  /**
   * How its axes lie in the patient (LPS): the affine of its grid; of frames that lie on none, but in
   * parallel planes, true within a frame and not from one to the next. Null where nothing says it.
   */
  readonly affineLps: Affine | null;
  /**
   * Between neighbours along i, j and k: mm where `measured` says so. 1 where sizes are known in pixels
   * alone, and along k where frames lie on no grid.
   */
  readonly spacing: Triple;
  /** Where the spacing along i and j was measured; null: in pixels. */
  readonly measured: FrameSpacing['of'] | null;
  /** Whether the frames lie on a grid, so that distances across them mean something. */
  readonly isGrid: boolean;
  /** [columns, rows] of each frame in the first corner of the array; null where all fill it. */
  readonly frameSizes: readonly (readonly [number, number])[] | null;
}

/** [columns, rows, frames] of the array that frames fill as they were acquired. */
export function arraySize(frames: readonly FrameInfo[]): Triple {
  const most = (n: 0 | 1): number => frames.reduce((m, { size }) => Math.max(m, size[n]), 0);
  return [most(0), most(1), frames.length];
}

/** The raster of frames that lie on a grid. */
export const rasterOfGrid = (grid: Grid): Raster => ({
  size: grid.size,
  affineLps: grid.affineLps,
  spacing: spacingOf(grid),
  measured: 'patient',
  isGrid: true,
  frameSizes: null,
});

/** [columns, rows] of frame k. */
export const frameSize = (
  { size, frameSizes }: Pick<Raster, 'size' | 'frameSizes'>,
  k: number,
): readonly [number, number] => frameSizes?.[k] ?? [size[0], size[1]];

/** The grid of a raster, null where its frames lie on none. */
export const gridOf = ({ size, affineLps, isGrid }: Raster): Grid | null =>
  isGrid && affineLps ? { size, affineLps } : null;

/**
 * The raster of the frames of an image.
 * @param grid on which they lie, null where they lie on none: then they are as they were acquired.
 */
export function rasterOf(frames: readonly FrameInfo[], grid: Grid | null): Raster {
  if (grid) return rasterOfGrid(grid);
  const size = arraySize(frames);
  const spacing = commonSpacing(frames);
  const [dx, dy] = spacing?.mm ?? [1, 1];
  const fills = frames.every((frame) => frame.size[0] === size[0] && frame.size[1] === size[1]);
  return {
    size,
    affineLps: frames.every(({ plane }) => plane !== null) ? affineOf(frames[0]!, dx, dy) : null,
    spacing: [dx, dy, 1],
    measured: spacing?.of ?? null,
    isGrid: false,
    frameSizes: fills ? null : frames.map((frame) => frame.size),
  };
}

/** Relative difference of pixel spacings that decimal strings explain. */
const SAME_SPACING = 1e-4;

/** The spacing that all frames share, null where one has none or another. */
function commonSpacing(frames: readonly FrameInfo[]): FrameSpacing | null {
  const first = frames[0]?.spacing ?? null;
  const isAlike = ({ spacing }: FrameInfo): boolean =>
    spacing?.of === first?.of &&
    [0, 1].every((n) => Math.abs(spacing!.mm[n]! / first!.mm[n]! - 1) < SAME_SPACING);
  return first && frames.every(isAlike) ? first : null;
}

/** Of a frame, the third axis 1 mm along its normal. */
function affineOf({ plane }: FrameInfo, dx: number, dy: number): Affine {
  const { position, row, column } = plane!;
  const normal = normalOf(plane!);
  const line = (axis: 0 | 1 | 2): number[] => [
    row[axis] * dx,
    column[axis] * dy,
    normal[axis],
    position[axis],
  ];
  return [...line(0), ...line(1), ...line(2), 0, 0, 0, 1];
}
