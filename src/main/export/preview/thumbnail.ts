import type { Slice } from '../../../shared/geometry/index.ts';
import type { Window } from '../../../shared/volume.ts';
import { createCanvas } from './canvas.ts';
import { pngBytes } from './png.ts';
import { drawImage, resample, tileSize } from './tiles.ts';

/**
 * A small picture of a slice as a PNG file, with square pixels in millimetres.
 * @param spacing mm along a row and along a column.
 * @param longest side, in pixels.
 */
export async function thumbnailPng(
  slice: Slice,
  [dx, dy]: readonly [number, number],
  window: Window,
  longest: number,
): Promise<Uint8Array> {
  const tile = { x: 0, y: 0, ...tileSize([slice.columns * dx, slice.rows * dy], longest) };
  const canvas = createCanvas(tile.width, tile.height, [0, 0, 0]);
  drawImage(
    canvas,
    tile,
    resample(shrunk(slice, Math.floor(slice.columns / tile.width)), tile),
    window,
  );
  return pngBytes(canvas);
}

/** The means of n × n pixels each, in one pass; what is left at the right and below is cut off. */
function shrunk(slice: Slice, n: number): Slice {
  const [columns, rows] = [Math.floor(slice.columns / n), Math.floor(slice.rows / n)];
  if (n < 2 || rows < 1) return slice;
  const pixels = new Float32Array(columns * rows);
  for (let y = 0; y < rows * n; y++) {
    const row = Math.floor(y / n) * columns;
    for (let x = 0; x < columns * n; x++) {
      pixels[row + Math.floor(x / n)]! += slice.pixels[x + slice.columns * y]! / (n * n);
    }
  }
  return { columns, rows, pixels };
}
