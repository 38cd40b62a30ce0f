import type { SlicePlane } from '../ranking/index.ts';
import { REACH } from './shape-prior.ts';

/** The part of a plane in which a structure was seen, and as far around it as its shape tells. */
export interface Region {
  /** The part as a plane of its own; it may have no pixels. */
  readonly plane: SlicePlane;
  /** Its pixels as indices into the whole plane, row by row. */
  readonly pixels: Int32Array;
  /** Those, and behind them all others in which the model sees something. */
  readonly pixelsWith: (probability: Float32Array) => Int32Array;
  /** mm that a pixel of the whole plane lies outside the part. */
  readonly beyond: (pixel: number) => number;
}

/**
 * The box around all masks, grown by `REACH`; without any pixel where all masks are empty.
 * @param masks 0 and 1, one value per pixel of the plane.
 */
export function regionOf(masks: readonly Uint8Array[], plane: SlicePlane): Region {
  const { columns, rows, spacing } = plane;
  const { left, right, top, bottom } = boxOf(masks, plane);
  const part = { columns: right - left, rows: bottom - top, spacing };
  const pixels = new Int32Array(part.columns * part.rows);
  for (let n = 0; n < pixels.length; n++) {
    const x = n % part.columns;
    pixels[n] = (top + (n - x) / part.columns) * columns + left + x;
  }
  return {
    plane: part,
    pixels,
    pixelsWith(probability) {
      const all = new Int32Array(columns * rows);
      all.set(pixels);
      let count = pixels.length;
      for (let y = 0, i = 0; y < rows; y++) {
        const crosses = y >= top && y < bottom;
        for (let x = 0; x < columns; x++, i++) {
          if (probability[i]! > 0 && !(crosses && x >= left && x < right)) all[count++] = i;
        }
      }
      return all.subarray(0, count);
    },
    beyond(pixel) {
      if (pixels.length === 0) return 0;
      const x = pixel % columns;
      const y = (pixel - x) / columns;
      const across = Math.max(left - x, x - right + 1, 0) * spacing[0];
      const along = Math.max(top - y, y - bottom + 1, 0) * spacing[1];
      return Math.hypot(across, along);
    },
  };
}

/** Columns and rows from the first that is in it to the one behind the last. */
function boxOf(masks: readonly Uint8Array[], { columns, rows, spacing }: SlicePlane) {
  let [left, right, top, bottom] = [columns, 0, rows, 0];
  for (const mask of masks) {
    for (let y = 0, i = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, i++) {
        if (mask[i] === 0) continue;
        if (x < left) left = x;
        if (x >= right) right = x + 1;
        if (y < top) top = y;
        bottom = y + 1 > bottom ? y + 1 : bottom;
      }
    }
  }
  if (right === 0) return { left: 0, right: 0, top: 0, bottom: 0 };
  const [across, along] = spacing.map((mm) => Math.ceil(REACH / mm)) as [number, number];
  return {
    left: Math.max(0, left - across),
    right: Math.min(columns, right + across),
    top: Math.max(0, top - along),
    bottom: Math.min(rows, bottom + along),
  };
}
