import {
  displayMap,
  invertAxisMap,
  isIdentity,
  mapData,
  mapGrid,
  type Slice,
} from '../../../shared/geometry/index.ts';
import type { SlicePlane } from '../../../shared/ranking/index.ts';
import { spacingOf, type Grid, type Triple, type VoxelArray } from '../../../shared/volume.ts';

/**
 * The slices of a volume along its third axis. As stored they have [columns, rows] of the grid;
 * shown they are turned as they are displayed, which is how the model sees them.
 */
export interface SliceView {
  /** Of a slice as stored. */
  readonly stored: SlicePlane;
  /** Of a slice as shown. */
  readonly shown: SlicePlane;
  /** A slice as stored, as it is shown; it may share its memory. */
  readonly show: <T extends VoxelArray>(stored: T) => Slice<T>;
  /** A map of a slice as stored, as it is shown. */
  readonly toShown: <T extends VoxelArray>(map: T) => T;
  /** A map of a slice as shown, turned back to how slices are stored. */
  readonly toStored: <T extends VoxelArray>(map: T) => T;
}

export function sliceView(grid: Grid): SliceView {
  // Slices keep their order along the third axis: one slice is turned as all of them are.
  const map = displayMap(grid);
  const back = invertAxisMap(map);
  const one = ([nx, ny]: Triple): Triple => [nx, ny, 1];
  const turnedGrid = mapGrid(grid, map);
  const plane = ({ size, affineLps }: Grid): SlicePlane => {
    const [alongRow, alongColumn] = spacingOf({ size, affineLps });
    return { columns: size[0], rows: size[1], spacing: [alongRow, alongColumn] };
  };
  const shown = plane(turnedGrid);
  const toShown = <T extends VoxelArray>(pixels: T): T =>
    isIdentity(map) ? pixels : mapData(pixels, one(grid.size), map);
  return {
    stored: plane(grid),
    shown,
    toShown,
    show: (stored) => ({ columns: shown.columns, rows: shown.rows, pixels: toShown(stored) }),
    toStored: (pixels) => (isIdentity(back) ? pixels : mapData(pixels, one(turnedGrid.size), back)),
  };
}
