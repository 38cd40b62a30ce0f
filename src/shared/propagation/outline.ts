import { squaredDistances } from '../metrics/distance.ts';
import type { SlicePlane } from '../ranking/index.ts';

/**
 * mm from every pixel to the outline of a mask, positive inside: to the nearest pixel of the other
 * side, less half a pixel, and never farther than across the plane.
 * @param mask 0 and 1
 */
export function outlineDistances(
  mask: Uint8Array,
  { columns, rows, spacing }: SlicePlane,
): Float32Array {
  const size = [columns, rows, 1] as const;
  const mm = [...spacing, 1] as const;
  const toInside = squaredDistances(mask, size, mm);
  const toOutside = squaredDistances(
    mask.map((v) => 1 - v),
    size,
    mm,
  );
  const half = (spacing[0] + spacing[1]) / 4;
  const across = Math.hypot(columns * spacing[0], rows * spacing[1]);
  const distances = new Float32Array(mask.length);
  for (let i = 0; i < distances.length; i++) {
    const away = Math.min(across, Math.sqrt((mask[i] ? toOutside : toInside)[i]!));
    distances[i] = mask[i] ? away - half : half - away;
  }
  return distances;
}

/** A map moved by so many pixels, bilinear; what comes in from beyond an edge is as at the edge. */
export function shifted(
  map: Float32Array,
  { columns, rows }: SlicePlane,
  right: number,
  down: number,
): Float32Array {
  if (right === 0 && down === 0) return map;
  const moved = new Float32Array(map.length);
  const across = placesOf(columns, right);
  const along = placesOf(rows, down);
  for (let y = 0, i = 0; y < rows; y++) {
    const top = along.before[y]! * columns;
    const bottom = along.behind[y]! * columns;
    for (let x = 0; x < columns; x++, i++) {
      const [left, next, part] = [across.before[x]!, across.behind[x]!, across.part[x]!];
      const above = map[top + left]! + part * (map[top + next]! - map[top + left]!);
      const below = map[bottom + left]! + part * (map[bottom + next]! - map[bottom + left]!);
      moved[i] = above + along.part[y]! * (below - above);
    }
  }
  return moved;
}

/** Between which two places each of a line comes to lie, and at which part of the way. */
function placesOf(length: number, by: number) {
  const places = {
    before: new Int32Array(length),
    behind: new Int32Array(length),
    part: new Float64Array(length),
  };
  for (let n = 0; n < length; n++) {
    const at = Math.max(0, Math.min(length - 1, n - by));
    places.before[n] = Math.floor(at);
    places.behind[n] = Math.min(length - 1, places.before[n]! + 1);
    places.part[n] = at - places.before[n]!;
  }
  return places;
}
