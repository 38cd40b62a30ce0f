import { MarginaliaError } from '../errors.ts';
import { determinant } from '../geometry/index.ts';
import type { Grid, Triple } from '../volume.ts';
import { squaredDistances } from './distance.ts';
import { isSurface, surfelAreas, surfelsOf, type Surfels } from './surface.ts';

/** A mask: non-zero = inside; i fastest. */
export type Mask = ArrayLike<number>;

function requireSameLength(a: Mask, b: Mask): void {
  if (a.length !== b.length) {
    throw new MarginaliaError(
      'size-mismatch',
      `The masks differ in size: ${a.length} and ${b.length} voxels.`,
      'Compare masks on one grid.',
    );
  }
}

/** Dice coefficient 2|A∩B| / (|A|+|B|): 1 when both masks are empty, 0 when one is. */
export function dice(a: Mask, b: Mask): number {
  requireSameLength(a, b);
  let both = 0;
  let sum = 0;
  for (let n = 0; n < a.length; n++) {
    if (a[n]) sum++;
    if (b[n]) {
      sum++;
      if (a[n]) both++;
    }
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

/**
 * Normalised surface Dice in 3-D: the share of both surfaces that lies within `toleranceMm` of the
 * other one (Nikolov et al. 2018, and the numbers of its reference code; see surface.ts).
 * 1 when both masks are empty, 0 when one is.
 * @param size [nx, ny, nz] of both masks.
 * @param spacing mm between voxel centres along each axis.
 */
export function nsd(a: Mask, b: Mask, size: Triple, spacing: Triple, toleranceMm: number): number {
  requireSameLength(a, b);
  if (a.length !== size[0] * size[1] * size[2] || !spacing.every((mm) => mm > 0)) {
    throw new MarginaliaError(
      'size-mismatch',
      `Masks of ${a.length} voxels do not fit a grid of ${size.join(' × ')} voxels of ${spacing.join(' × ')} mm.`,
    );
  }
  const box = boundingBox(a, b, size);
  if (box === undefined) return 1;
  const [cropA, cropB] = [crop(a, size, box), crop(b, size, box)];
  const inner: Triple = [
    box.to[0] - box.from[0] + 1,
    box.to[1] - box.from[1] + 1,
    box.to[2] - box.from[2] + 1,
  ];
  const [surfaceA, surfaceB] = [surfelsOf(cropA, inner), surfelsOf(cropB, inner)];
  const areas = surfelAreas(spacing);
  const [fromA, fromB] = [
    areaNear(surfaceA, surfaceB, areas, spacing, toleranceMm),
    areaNear(surfaceB, surfaceA, areas, spacing, toleranceMm),
  ];
  return (fromA.near + fromB.near) / (fromA.total + fromB.total);
}

/**
 * The same of one slice, in parts: how much of both outlines lies within `toleranceMm` of the other,
 * and how much there is, as of bodies that go on through the plane (mm² per mm).
 * @param size [columns, rows] @param spacing mm along a row and along a column.
 */
export function outlinesNear(
  a: Mask,
  b: Mask,
  [columns, rows]: readonly [number, number],
  [alongRow, alongColumn]: readonly [number, number],
  toleranceMm: number,
): { near: number; total: number } {
  requireSameLength(a, b);
  const size: Triple = [columns, rows, 2];
  // Two equal slices: the corners between them know nothing of an end of the body.
  const surfels = (mask: Mask): Surfels => {
    const twice = new Uint8Array(2 * mask.length);
    for (let n = 0; n < mask.length; n++) twice[n] = twice[n + mask.length] = mask[n] ? 1 : 0;
    const { codes, size: corners } = surfelsOf(twice, size);
    const layer = corners[0] * corners[1];
    return { codes: codes.subarray(layer, 2 * layer), size: [corners[0], corners[1], 1] };
  };
  const [surfaceA, surfaceB] = [surfels(a), surfels(b)];
  const spacing: Triple = [alongRow, alongColumn, 1];
  const areas = surfelAreas(spacing);
  const fromA = areaNear(surfaceA, surfaceB, areas, spacing, toleranceMm);
  const fromB = areaNear(surfaceB, surfaceA, areas, spacing, toleranceMm);
  return { near: fromA.near + fromB.near, total: fromA.total + fromB.total };
}

/** Area of one surface, and of the part of it that lies within a distance of another. */
function areaNear(
  surface: Surfels,
  other: Surfels,
  areas: Float64Array,
  spacing: Triple,
  toleranceMm: number,
): { near: number; total: number } {
  const sources = other.codes.map((code) => (isSurface(code) ? 1 : 0));
  const squared = squaredDistances(sources, other.size, spacing);
  let near = 0;
  let total = 0;
  for (let n = 0; n < squared.length; n++) {
    const code = surface.codes[n]!;
    if (!isSurface(code)) continue;
    total += areas[code]!;
    if (Math.sqrt(squared[n]!) <= toleranceMm) near += areas[code]!;
  }
  return { near, total };
}

interface Box {
  readonly from: Triple;
  /** Inclusive. */
  readonly to: Triple;
}

/** The smallest box around everything inside either mask, or undefined when there is nothing. */
function boundingBox(a: Mask, b: Mask, [nx, ny, nz]: Triple): Box | undefined {
  const from = [nx, ny, nz] as [number, number, number];
  const to = [-1, -1, -1] as [number, number, number];
  for (let z = 0, n = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, n++) {
        if (!a[n] && !b[n]) continue;
        if (x < from[0]) from[0] = x;
        if (x > to[0]) to[0] = x;
        if (y < from[1]) from[1] = y;
        if (y > to[1]) to[1] = y;
        if (z < from[2]) from[2] = z;
        to[2] = z;
      }
    }
  }
  return to[0] < 0 ? undefined : { from, to };
}

function crop(mask: Mask, [nx, ny]: Triple, { from, to }: Box): Uint8Array {
  const out = new Uint8Array((to[0] - from[0] + 1) * (to[1] - from[1] + 1) * (to[2] - from[2] + 1));
  let n = 0;
  for (let z = from[2]; z <= to[2]; z++) {
    for (let y = from[1]; y <= to[1]; y++) {
      for (let x = from[0]; x <= to[0]; x++) out[n++] = mask[x + nx * (y + ny * z)] ? 1 : 0;
    }
  }
  return out;
}

/** Volume in millilitres of a number of voxels of a grid. */
export function volumeMl(voxels: number, grid: Grid): number {
  return (voxels * Math.abs(determinant(grid.affineLps))) / 1000;
}
