/** Voxel-to-patient map, 4×4, row-major, millimetres. The suffix of a name says LPS or RAS. */
export type Affine = readonly number[];

export type Triple = readonly [number, number, number];

/** A voxel axis: i (along a row), j (along a column) or k (over the slices). */
export type Axis = 0 | 1 | 2;

export type VoxelArray = Int16Array | Uint16Array | Uint8Array | Int32Array | Float32Array;

/**
 * A regular grid in patient space. Voxel (i, j, k) lies at `affineLps · (i, j, k, 1)`, in mm, LPS
 * (DICOM PS3.3 C.7.6.2.1.1): i runs along a row (column index), j along a column (row index),
 * k over the slices. i is fastest in memory: `data[i + nx·(j + ny·k)]`.
 */
export interface Grid {
  /** [nx, ny, nz] = [columns, rows, slices]. */
  readonly size: Triple;
  readonly affineLps: Affine;
}

export interface Volume {
  readonly grid: Grid;
  /** Rescaled values (Hounsfield units for CT), i fastest. */
  readonly data: VoxelArray;
}

/** Display window in rescaled units: DICOM PS3.3 C.11.2.1.2. */
export interface Window {
  readonly centre: number;
  readonly width: number;
}

/** Lengths in mm of the affine's three columns. */
export function spacingOf(grid: Grid): Triple {
  const a = grid.affineLps;
  const column = (c: number): number => Math.hypot(a[c]!, a[4 + c]!, a[8 + c]!);
  return [column(0), column(1), column(2)];
}

/** LPS ↔ RAS: the first two rows change sign (its own inverse). */
export function flipLpsRas(affine: Affine): Affine {
  return affine.map((v, i) => (i < 8 ? -v : v));
}
