import { componentTaker } from '../connected.ts';
import { MAX_ENTROPY } from '../uncertainty.ts';
import { requirePlane, type SlicePlane } from './slice-plane.ts';

/** Connected pixels of high doubt in one slice. Positions are [column, row] in pixels from 0. */
export interface UncertainRegion {
  readonly areaPx: number;
  readonly areaMm2: number;
  /** Sum of the doubt over its area, nats · mm². */
  readonly mass: number;
  /** Mean of its pixel centres; of a ring, that lies outside the ring. */
  readonly centroid: readonly [number, number];
  /** The pixel of most doubt, the first of equals: always part of the region. */
  readonly peak: readonly [number, number];
  /** Smallest box around it, both corners included. */
  readonly box: {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
  };
}

/**
 * Where in a slice the doubt is: 8-connected components of pixels of at least `threshold`, the
 * largest mass first, and of equal ones the one whose first pixel comes first. Linear in the pixels
 * (beside sorting the regions); values that are not a number belong to no region.
 * @param doubt any of the uncertainty maps, nats, one value per pixel of the plane.
 * @param threshold nats, above 0.
 * @throws RangeError as `requirePlane`, or for another threshold.
 */
export function uncertainRegions(
  doubt: Float32Array,
  plane: SlicePlane,
  threshold = MAX_ENTROPY / 2,
): UncertainRegion[] {
  requirePlane(plane, doubt.length);
  if (!(threshold > 0)) throw new RangeError(`A threshold of ${threshold} nats marks everything.`);
  const todo = new Uint8Array(doubt.length);
  for (let i = 0; i < doubt.length; i++) todo[i] = doubt[i]! >= threshold ? 1 : 0;
  const take = componentTaker(todo, [plane.columns, plane.rows, 1], 'corners');
  const regions: UncertainRegion[] = [];
  for (let i = 0; i < todo.length; i++) {
    if (todo[i] === 1) regions.push(measure(take(i), doubt, plane));
  }
  // A stable sort of regions found in the order of their first pixels.
  return regions.sort((a, b) => b.mass - a.mass);
}

function measure(
  pixels: Int32Array,
  doubt: Float32Array,
  { columns, rows, spacing }: SlicePlane,
): UncertainRegion {
  const pixel = spacing[0] * spacing[1];
  const count = pixels.length;
  let [sum, sumX, sumY, peak] = [0, 0, 0, pixels[0]!];
  let [left, right, top, bottom] = [columns, -1, rows, -1];
  for (const i of pixels) {
    const x = i % columns;
    const y = (i - x) / columns;
    sum += doubt[i]!;
    sumX += x;
    sumY += y;
    if (doubt[i]! > doubt[peak]! || (doubt[i] === doubt[peak] && i < peak)) peak = i;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return {
    areaPx: count,
    areaMm2: count * pixel,
    mass: sum * pixel,
    centroid: [sumX / count, sumY / count],
    peak: [peak % columns, Math.floor(peak / columns)],
    box: { from: [left, top], to: [right, bottom] },
  };
}
