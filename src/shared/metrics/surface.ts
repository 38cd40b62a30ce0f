import type { Triple } from '../volume.ts';

/**
 * The surface of a mask as Nikolov et al. measure it ("Deep learning to achieve clinically
 * applicable segmentation of head and neck anatomy for radiotherapy", 2018; their reference code is
 * google-deepmind/surface-distance): one surface element ("surfel") at every corner where eight
 * voxels meet and not all are alike, with the area of the marching-cubes surface between them.
 */
export interface Surfels {
  /** [nx + 1, ny + 1, nz + 1] corners of a mask of nx × ny × nz voxels. */
  readonly size: Triple;
  /** For every corner, which of its eight voxels are inside: bit x + 2y + 4z; i fastest. */
  readonly codes: Uint8Array;
}

/** The corners of a mask (non-zero = inside); everything beyond its borders is outside. */
export function surfelsOf(mask: ArrayLike<number>, [nx, ny, nz]: Triple): Surfels {
  const size: Triple = [nx + 1, ny + 1, nz + 1];
  const codes = new Uint8Array(size[0] * size[1] * size[2]);
  const row = size[0];
  const slice = size[0] * size[1];
  for (let z = 0, n = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0, at = y * row + z * slice; x < nx; x++, n++, at++) {
        if (!mask[n]) continue;
        // Seen from the corner before it, the voxel is the last of the eight, and so on.
        codes[at]! |= 128;
        codes[at + 1]! |= 64;
        codes[at + row]! |= 32;
        codes[at + row + 1]! |= 16;
        codes[at + slice]! |= 8;
        codes[at + slice + 1]! |= 4;
        codes[at + slice + row]! |= 2;
        codes[at + slice + row + 1]! |= 1;
      }
    }
  }
  return { size, codes };
}

/** Whether a corner lies on the surface: its voxels are neither all outside nor all inside. */
export function isSurface(code: number): boolean {
  return code !== 0 && code !== 255;
}

/**
 * The marching-cubes surface through the middles of the edges of a cube, for one of the voxel
 * patterns that rotations, reflections and exchange of inside and outside make alike: corners (xyz)
 * inside, and for every plane direction in the surface the area projected on the planes x, y and
 * z = constant, in eighths of a face (parallel triangles are added up). Where the pattern leaves a
 * choice of triangles, it is that of the reference code.
 */
// prettier-ignore
const PATTERNS: readonly [corners: string, areas: readonly Triple[]][] = [
  ['111', [[1, 1, 1]]],
  ['110 111', [[4, 4, 0]]],
  ['101 110', [[2, 2, 2]]],
  ['011 100', [[2, 2, 2]]],
  ['101 110 111', [[3, 3, 3], [4, 0, 0]]],
  ['011 101 110', [[3, 3, 3]]],
  ['011 100 111', [[0, 4, 4], [1, 1, 1]]],
  ['100 101 110 111', [[8, 0, 0]]],
  ['011 101 110 111', [[6, 6, 6]]],
  ['011 100 110 111', [[0, 2, 2], [2, 0, 2], [4, 4, 4]]],
  ['011 100 101 110', [[4, 4, 4], [4, 0, 0]]],
  ['010 011 100 101', [[8, 8, 0]]],
  ['001 010 100 111', [[4, 4, 4]]],
];

// prettier-ignore
const ORDERS: readonly Triple[] = [
  [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
];

/** Area in mm² of the surface at a corner, for each of the 256 codes. */
export function surfelAreas([sx, sy, sz]: Triple): Float64Array {
  const table = new Float64Array(256);
  const face = [(sy * sz) / 8, (sx * sz) / 8, (sx * sy) / 8] as const;
  for (const [corners, areas] of PATTERNS) {
    for (const order of ORDERS) {
      const area = areas.reduce(
        (sum, a) =>
          sum + Math.hypot(a[order[0]]! * face[0], a[order[1]]! * face[1], a[order[2]]! * face[2]),
        0,
      );
      for (let mirror = 0; mirror < 8; mirror++) {
        let code = 0;
        for (const corner of corners.split(' ')) {
          const at = order.reduce((bits, axis, n) => bits | (Number(corner[axis]) << n), 0);
          code |= 1 << (at ^ mirror);
        }
        table[code] = area;
        table[255 - code] = area;
      }
    }
  }
  return table;
}
