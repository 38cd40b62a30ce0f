import { MarginaliaError } from '../errors.ts';
import type { Affine, Grid, Triple } from '../volume.ts';

/** a · b for 4×4 row-major matrices. */
export function multiplyAffine(a: Affine, b: Affine): Affine {
  return Array.from({ length: 16 }, (_, n) => {
    const row = n & ~3;
    const column = n & 3;
    return (
      a[row]! * b[column]! +
      a[row + 1]! * b[4 + column]! +
      a[row + 2]! * b[8 + column]! +
      a[row + 3]! * b[12 + column]!
    );
  });
}

/** Determinant of the upper left 3×3 block; its sign is the handedness of the axes. */
export function determinant(affine: Affine): number {
  const [a, b, c, , d, e, f, , g, h, i] = affine as number[];
  return a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
}

/**
 * Inverse of an affine (last row 0 0 0 1), by the adjugate of its 3×3 block.
 * @throws MarginaliaError `singular-affine` when the axes span no volume.
 */
export function invertAffine(affine: Affine): Affine {
  // prettier-ignore
  const [a, b, c, x, d, e, f, y, g, h, i, z] = affine as [
    number, number, number, number,
    number, number, number, number,
    number, number, number, number,
  ];
  const det = determinant(affine);
  // Relative to the box of the three columns: 1 for orthogonal axes whatever their lengths.
  const box = Math.hypot(a, d, g) * Math.hypot(b, e, h) * Math.hypot(c, f, i);
  if (!(Math.abs(det) > 1e-9 * box)) {
    throw new MarginaliaError(
      'singular-affine',
      'The voxel grid is degenerate: its axes do not span a volume.',
      'The orientation or the spacing in the file is wrong; check how it was made.',
    );
  }
  const m = [
    (e * i - f * h) / det,
    (c * h - b * i) / det,
    (b * f - c * e) / det,
    (f * g - d * i) / det,
    (a * i - c * g) / det,
    (c * d - a * f) / det,
    (d * h - e * g) / det,
    (b * g - a * h) / det,
    (a * e - b * d) / det,
  ] as const;
  return [
    m[0],
    m[1],
    m[2],
    -(m[0] * x + m[1] * y + m[2] * z),
    m[3],
    m[4],
    m[5],
    -(m[3] * x + m[4] * y + m[5] * z),
    m[6],
    m[7],
    m[8],
    -(m[6] * x + m[7] * y + m[8] * z),
    0,
    0,
    0,
    1,
  ];
}

/** affine · (p, 1). */
export function applyAffine(affine: Affine, [x, y, z]: Triple): Triple {
  const row = (r: number): number =>
    affine[r]! * x + affine[r + 1]! * y + affine[r + 2]! * z + affine[r + 3]!;
  return [row(0), row(4), row(8)];
}

/** World position (LPS, mm) of the centre of voxel (i, j, k); fractional indices are allowed. */
export function voxelToWorld(grid: Grid, voxel: Triple): Triple {
  return applyAffine(grid.affineLps, voxel);
}

/** Fractional voxel index (i, j, k) of a world position (LPS, mm). Invert once for many points. */
export function worldToVoxel(grid: Grid, world: Triple): Triple {
  return applyAffine(invertAffine(grid.affineLps), world);
}

/** The unit direction of a voxel axis, and its length in mm. */
function axisOf(affine: Affine, axis: number): { length: number; direction: Triple } {
  const v = [affine[axis]!, affine[4 + axis]!, affine[8 + axis]!] as const;
  const length = Math.hypot(...v);
  return { length, direction: [v[0] / length, v[1] / length, v[2] / length] };
}

/** The unit directions of the three voxel axes, in the world of the affine. */
export function directionsOf(affine: Affine): readonly [Triple, Triple, Triple] {
  return [axisOf(affine, 0).direction, axisOf(affine, 1).direction, axisOf(affine, 2).direction];
}

/**
 * Whether two voxel axes are not perpendicular (a tilted gantry, for one): such a grid is no box,
 * and a rotation with spacings (DICOM's and NIfTI's qform) cannot describe it.
 * @param tolerance on |cos| of the angle between two axes. The default, 1e-4 (0.006°), moves no
 *   voxel of a 500 mm volume by more than 0.05 mm and lets decimal strings through as written.
 */
export function hasShear(affine: Affine, tolerance = 1e-4): boolean {
  const [i, j, k] = directionsOf(affine);
  const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  // Negated, so that NaN counts as shear.
  return ![dot(i, j), dot(i, k), dot(j, k)].every((cos) => Math.abs(cos) <= tolerance);
}

/**
 * Whether two grids have the same size and every voxel at the same place within a tolerance in mm.
 * Affine maps differ most at a corner of the box, so the eight corners decide.
 */
export function sameGrid(a: Grid, b: Grid, toleranceMm = 1e-3): boolean {
  if (a.size.some((n, axis) => n !== b.size[axis])) return false;
  for (let corner = 0; corner < 8; corner++) {
    const voxel: Triple = [
      corner & 1 ? a.size[0] - 1 : 0,
      corner & 2 ? a.size[1] - 1 : 0,
      corner & 4 ? a.size[2] - 1 : 0,
    ];
    const p = voxelToWorld(a, voxel);
    const q = voxelToWorld(b, voxel);
    if (!(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) <= toleranceMm)) return false;
  }
  return true;
}
