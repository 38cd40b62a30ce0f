import type { Triple } from '../volume.ts';
import { boxAround, liftPoint, MARGIN, planeBox, voxelsOf, wholeBox } from './label-volume.ts';
import type { Box, LabelVolume, Plane, PlanePoint } from './label-volume.ts';
import type { Region } from './region.ts';

/** A position of the pointer, with how hard it presses: 0 … 1, default 1. */
export interface StrokePoint<P> {
  readonly at: P;
  readonly pressure?: number;
}

/**
 * Swept by a disc that follows the pointer in a plane, without gaps: every pixel whose centre is no
 * farther than the radius from the line through the points, and the pixels on that line, so that a
 * fine brush paints too. Pressure scales the radius, evenly from one point to the next. One point
 * makes a dab; what a stroke has swept, its pieces from point to point have swept together.
 * @param radius mm.
 */
export function discStroke(
  volume: LabelVolume,
  plane: Plane,
  points: readonly StrokePoint<PlanePoint>[],
  radius: number,
): Region {
  const lifted = points.map((point) => ({ ...point, at: liftPoint(plane, point.at) }));
  return sweep(lifted, radius, volume.spacing, planeBox(volume, plane));
}

/** Swept by a ball: `discStroke` in space. Points are voxel positions (i, j, k). */
export function ballStroke(
  volume: LabelVolume,
  points: readonly StrokePoint<Triple>[],
  radius: number,
): Region {
  return sweep(points, radius, volume.spacing, wholeBox(volume));
}

/** An end of a piece of a stroke: voxel position and radius in mm. */
interface End {
  readonly at: Triple;
  readonly radius: number;
}

function sweep(
  points: readonly StrokePoint<Triple>[],
  radius: number,
  spacing: Triple,
  within: Box,
): Region {
  if (!(radius >= 0 && radius < Infinity)) throw new RangeError(`${radius} mm is no radius.`);
  const ends = points.map(({ at, pressure = 1 }) => ({
    at,
    radius: radius * Math.min(1, Math.max(0, pressure)),
  }));
  const box = boxOf(ends, spacing, within);
  const region = { ...box, mask: new Uint8Array(voxelsOf(box.size)) };
  ends.forEach((end, n) => {
    if (n === 0 && ends.length > 1) return;
    const start = ends[n - 1] ?? end;
    sweepPiece(start, end, spacing, region);
    markLine(start.at, end.at, region);
  });
  return region;
}

/** The box of what the disc or ball sweeps, the voxel under the pointer included. */
function boxOf(ends: readonly End[], spacing: Triple, within: Box): Box {
  const low = [Infinity, Infinity, Infinity] as [number, number, number];
  const high = [-Infinity, -Infinity, -Infinity] as [number, number, number];
  for (const { at, radius } of ends) {
    for (const axis of [0, 1, 2] as const) {
      const reach = Math.max(0.5, (radius + MARGIN) / spacing[axis]);
      low[axis] = Math.min(low[axis], at[axis] - reach);
      high[axis] = Math.max(high[axis], at[axis] + reach);
    }
  }
  return boxAround(low, high, within);
}

/**
 * Marks the voxel centres p that lie in one of the balls whose centre and radius go evenly from one
 * end (t = 0) to the other (t = 1): min over t of |p − a − t·d| − (r + t·Δ) ≤ 0. With s the position
 * of p along d, h its distance from the line and L = |d|, that convex function of t is least at
 * (s + h·Δ / √(L² − Δ²)) / L, and at the larger end where one ball holds the other.
 */
function sweepPiece(from: End, to: End, spacing: Triple, region: Region): void {
  const piece = boxOf([from, to], spacing, region);
  const [nx, ny] = region.size;
  const [ax, ay, az] = from.at;
  const [sx, sy, sz] = spacing;
  const [dx, dy, dz] = [(to.at[0] - ax) * sx, (to.at[1] - ay) * sy, (to.at[2] - az) * sz];
  const squared = dx * dx + dy * dy + dz * dz;
  const delta = to.radius - from.radius;
  const isNested = delta * delta >= squared;
  const slope = isNested ? 0 : delta / Math.sqrt(squared - delta * delta);
  const larger = delta > 0 ? 1 : 0;
  const reach = Math.max(from.radius, to.radius) + MARGIN;
  for (let k = piece.from[2]; k < piece.from[2] + piece.size[2]; k++) {
    const z = (k - az) * sz;
    for (let j = piece.from[1]; j < piece.from[1] + piece.size[1]; j++) {
      const y = (j - ay) * sy;
      const row = nx * (j - region.from[1] + ny * (k - region.from[2])) - region.from[0];
      // Where the piece comes near this row, in mm: all of it where it runs along the row.
      const near = dy === 0 ? 0 : Math.min(1, Math.max(0, (y - Math.sign(dy) * reach) / dy));
      const far = dy === 0 ? 1 : Math.min(1, Math.max(0, (y + Math.sign(dy) * reach) / dy));
      const low = Math.ceil(ax + (Math.min(near * dx, far * dx) - reach) / sx);
      const high = Math.floor(ax + (Math.max(near * dx, far * dx) + reach) / sx);
      const end = Math.min(high + 1, piece.from[0] + piece.size[0]);
      for (let i = Math.max(low, piece.from[0]); i < end; i++) {
        const x = (i - ax) * sx;
        let t = larger;
        if (!isNested) {
          const along = (x * dx + y * dy + z * dz) / squared;
          t = along;
          if (slope !== 0) {
            const off = x * x + y * y + z * z - along * along * squared;
            t += slope * Math.sqrt(Math.max(0, off) / squared);
          }
          if (t < 0) t = 0;
          else if (t > 1) t = 1;
        }
        const u = x - t * dx;
        const v = y - t * dy;
        const w = z - t * dz;
        const r = from.radius + t * delta + MARGIN;
        if (u * u + v * v + w * w <= r * r) region.mask[row + i] = 1;
      }
    }
  }
}

/** Marks the voxels nearest to a line, each step to a neighbour of the last. */
function markLine(a: Triple, b: Triple, { from, size, mask }: Region): void {
  const d = [b[0] - a[0], b[1] - a[1], b[2] - a[2]] as const;
  const steps = Math.max(1, Math.ceil(Math.max(...d.map(Math.abs))));
  for (let n = 0; n <= steps; n++) {
    const x = Math.round(a[0] + (n / steps) * d[0]) - from[0];
    const y = Math.round(a[1] + (n / steps) * d[1]) - from[1];
    const z = Math.round(a[2] + (n / steps) * d[2]) - from[2];
    const isInside = x >= 0 && x < size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2];
    if (isInside) mask[x + size[0] * (y + size[1] * z)] = 1;
  }
}
