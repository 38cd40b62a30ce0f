import { squaredDistances } from '../metrics/distance.ts';
import type { SlicePlane } from '../queue/index.ts';

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
  const toOutside = squaredDistances(mask.map((v) => 1 - v), size, mm); // prettier-ignore
  const half = (spacing[0] + spacing[1]) / 4;
  const across = Math.hypot(columns * spacing[0], rows * spacing[1]);
  return Float32Array.from(mask, (v, i) =>
    v
      ? Math.min(across, Math.sqrt(toOutside[i]!)) - half
      : half - Math.min(across, Math.sqrt(toInside[i]!)),
  );
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
  const held = (v: number, most: number): number => Math.max(0, Math.min(most, v));
  for (let y = 0; y < rows; y++) {
    const v = held(y - down, rows - 1);
    const top = Math.floor(v);
    const bottom = Math.min(rows - 1, top + 1);
    for (let x = 0; x < columns; x++) {
      const u = held(x - right, columns - 1);
      const left = Math.floor(u);
      const next = Math.min(columns - 1, left + 1);
      const at = (row: number): number => {
        const [a, b] = [map[row * columns + left]!, map[row * columns + next]!];
        return a + (u - left) * (b - a);
      };
      moved[y * columns + x] = at(top) + (v - top) * (at(bottom) - at(top));
    }
  }
  return moved;
}
