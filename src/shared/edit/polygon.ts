import { axesOf, boxAround, liftPoint, planeBox, voxelsOf } from './label-volume.ts';
import type { LabelVolume, Plane, PlanePoint } from './label-volume.ts';
import type { Region } from './region.ts';

/**
 * The pixels of a plane whose centres lie in a polygon, closed from its last point to its first; of
 * one that crosses itself, those that are inside by the even-odd rule. A centre on an edge is in
 * where the inside lies towards higher u (or, on an edge along u, higher v), so that polygons
 * that share an edge part the pixels along it between them. Takes time with the box and the points.
 * @param points in pixels, whole numbers at their centres; beyond the slice too.
 */
export function polygonRegion(
  volume: LabelVolume,
  plane: Plane,
  points: readonly PlanePoint[],
): Region {
  const corner = (choose: (...values: number[]) => number): PlanePoint => [
    points.reduce((c, [u]) => choose(c, u), points[0]?.[0] ?? NaN),
    points.reduce((c, [, v]) => choose(c, v), points[0]?.[1] ?? NaN),
  ];
  const box = boxAround(
    liftPoint(plane, corner(Math.min)),
    liftPoint(plane, corner(Math.max)),
    planeBox(volume, plane),
  );
  const mask = new Uint8Array(voxelsOf(box.size));
  const [u, v] = axesOf(plane.axis);
  const [u0, columns, rows] = [box.from[u], box.size[u], box.size[v]];
  const crossings = crossingsOf(points, box.from[v], rows);
  crossings.forEach((row, y) => {
    row.sort((a, b) => a - b);
    for (let n = 0; n + 1 < row.length; n += 2) {
      const first = Math.max(0, Math.ceil(row[n]!) - u0);
      const end = Math.min(columns, Math.ceil(row[n + 1]!) - u0);
      if (first < end) mask.fill(1, y * columns + first, y * columns + end);
    }
  });
  return { ...box, mask };
}

/** Where the edges cross each of `rows` lines from v0 on; an edge has its end of low v, not the other. */
function crossingsOf(points: readonly PlanePoint[], v0: number, rows: number): number[][] {
  const crossings = Array.from({ length: rows }, (): number[] => []);
  points.forEach((point, n) => {
    const next = points[(n + 1) % points.length]!;
    // From low to high v whichever way the polygon runs, so that shared edges round alike.
    const [[ua, va], [ub, vb]] = point[1] <= next[1] ? [point, next] : [next, point];
    const last = Math.min(v0 + rows, Math.ceil(vb));
    for (let v = Math.max(v0, Math.ceil(va)); v < last; v++) {
      crossings[v - v0]!.push(ua + ((v - va) * (ub - ua)) / (vb - va));
    }
  });
  return crossings;
}
