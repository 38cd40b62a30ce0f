import type { Window } from '../../../shared/volume.ts';
import { createCanvas } from './canvas.ts';
import { pngBytes } from './png.ts';
import { drawSlice, tileSize, type ImageSlice } from './tiles.ts';

/**
 * A small picture of a slice as a PNG file, with square pixels in millimetres.
 * @param spacing mm along a row and along a column.
 * @param longest side, in pixels.
 */
export async function thumbnailPng(
  slice: ImageSlice,
  [dx, dy]: readonly [number, number],
  window: Window,
  longest: number,
): Promise<Uint8Array> {
  const tile = { x: 0, y: 0, ...tileSize([slice.columns * dx, slice.rows * dy], longest) };
  const canvas = createCanvas(tile.width, tile.height, [0, 0, 0]);
  drawSlice(canvas, tile, shrunk(slice, Math.floor(slice.columns / tile.width)), window);
  return pngBytes(canvas);
}

/** The means of n × n pixels each, in one pass; what is left at the right and below is cut off. */
function shrunk(slice: ImageSlice, n: number): ImageSlice {
  const { channels } = slice;
  const [columns, rows] = [Math.floor(slice.columns / n), Math.floor(slice.rows / n)];
  if (n < 2 || rows < 1) return slice;
  const pixels = new Float32Array(columns * rows * channels);
  for (let y = 0; y < rows * n; y++) {
    const row = Math.floor(y / n) * columns;
    for (let x = 0; x < columns * n; x++) {
      const [to, from] = [channels * (row + Math.floor(x / n)), channels * (x + slice.columns * y)];
      for (let c = 0; c < channels; c++) pixels[to + c]! += slice.pixels[from + c]! / (n * n);
    }
  }
  return { ...slice, columns, rows, pixels };
}
