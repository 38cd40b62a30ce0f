import type { Slice } from '../../../shared/geometry/index.ts';
import type { Channels } from '../../../shared/image/index.ts';
import type { Window } from '../../../shared/volume.ts';
import { brightness, windowRange } from '../../../shared/windowing.ts';
import { paint, type Canvas } from './canvas.ts';
import { inferno, type Rgb } from '../../../shared/colormap.ts';

/** A rectangle of the canvas that shows a whole slice, rows from the top. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The sides of a tile with square pixels.
 * @param mm sides of the slice. @param longest side, in pixels.
 */
export function tileSize(
  [width, height]: readonly [number, number],
  longest: number,
): Pick<Tile, 'width' | 'height'> {
  const scale = longest / Math.max(width, height);
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

function bilinear({ columns, rows, pixels }: Slice, u: number, v: number): number {
  const x = Math.min(Math.max(u, 0), columns - 1);
  const y = Math.min(Math.max(v, 0), rows - 1);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(x0 + 1, columns - 1), Math.min(y0 + 1, rows - 1)];
  const [right, below] = [x - x0, y - y0];
  const above = pixels[x0 + columns * y0]! * (1 - right) + pixels[x1 + columns * y0]! * right;
  const under = pixels[x0 + columns * y1]! * (1 - right) + pixels[x1 + columns * y1]! * right;
  return above * (1 - below) + under * below;
}

/**
 * A slice at the pixels of a tile: interpolated where the tile is larger, the mean of several points
 * a pixel where it is smaller. Centres of pixels map to centres of pixels.
 */
export function resample(slice: Slice, { width, height }: Tile): Float32Array {
  const n = Math.max(1, Math.round(slice.columns / width));
  const [du, dv] = [slice.columns / width / n, slice.rows / height / n];
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let b = 0; b < n; b++) {
        const v = (y * n + b + 0.5) * dv - 0.5;
        for (let a = 0; a < n; a++) sum += bilinear(slice, (x * n + a + 0.5) * du - 0.5, v);
      }
      out[x + width * y] = sum / (n * n);
    }
  }
  return out;
}

function eachPixel(tile: Tile, draw: (x: number, y: number, n: number) => void): void {
  for (let y = 0, n = 0; y < tile.height; y++) {
    for (let x = 0; x < tile.width; x++, n++) draw(x, y, n);
  }
}

/**
 * The image (resampled to the tile) in grey, through its window (`windowRange`).
 * @param light 1 for the picture as it is, less for one that lies under colours.
 */
export function drawImage(
  canvas: Canvas,
  tile: Tile,
  values: Float32Array,
  window: Window,
  light = 1,
): void {
  const range = windowRange(window);
  eachPixel(tile, (x, y, n) => {
    const grey = 255 * light * brightness(values[n]!, range);
    paint(canvas, tile.x + x, tile.y + y, [grey, grey, grey]);
  });
}

/** A slice of an image; of colour, the channels of a pixel lie side by side. */
export interface ImageSlice extends Slice {
  readonly channels: Channels;
  /** Whether small values are bright. */
  readonly inverted: boolean;
}

/** A slice as it is displayed: grey through its window, colour as it is. @param light as for `drawImage`. */
export function drawSlice(
  canvas: Canvas,
  tile: Tile,
  slice: ImageSlice,
  window: Window,
  light = 1,
): void {
  if (slice.channels === 1) {
    const values = resample(slice, tile);
    if (!slice.inverted) return drawImage(canvas, tile, values, window, light);
    const mirrored = values.map((value) => 2 * window.centre - value);
    return drawImage(canvas, tile, mirrored, window, light);
  }
  const [red, green, blue] = [0, 1, 2].map((c) => resample(channelOf(slice, c), tile));
  eachPixel(tile, (x, y, n) =>
    paint(canvas, tile.x + x, tile.y + y, [
      light * red![n]!,
      light * green![n]!,
      light * blue![n]!,
    ]),
  );
}

/** One channel of a colour slice. */
function channelOf({ columns, rows, pixels }: Slice, channel: number): Slice {
  const values = new Uint8Array(columns * rows);
  for (let n = 0; n < values.length; n++) values[n] = pixels[3 * n + channel]!;
  return { columns, rows, pixels: values };
}

/** A line of two pixels inside the border of every label. */
export function drawOutlines(
  canvas: Canvas,
  tile: Tile,
  labels: Slice,
  colours: ReadonlyMap<number, Rgb>,
): void {
  const at = (x: number, y: number): number => {
    const column = Math.floor(((x + 0.5) * labels.columns) / tile.width);
    const row = Math.floor(((y + 0.5) * labels.rows) / tile.height);
    if (column < 0 || row < 0 || column >= labels.columns || row >= labels.rows) return 0;
    return labels.pixels[column + labels.columns * row]!;
  };
  eachPixel(tile, (x, y) => {
    const value = at(x, y);
    const colour = colours.get(value);
    if (colour === undefined) return;
    const inner = [-2, 2].every((d) => at(x + d, y) === value && at(x, y + d) === value);
    if (!inner) paint(canvas, tile.x + x, tile.y + y, colour);
  });
}

/** Entropy (nats, resampled to the tile) over the picture below: colour on the fixed scale 0…ln 2, clear where it is 0. */
export function drawHeat(canvas: Canvas, tile: Tile, values: Float32Array): void {
  eachPixel(tile, (x, y, n) => {
    const t = values[n]! / Math.LN2;
    paint(canvas, tile.x + x, tile.y + y, inferno(t), heatOpacity(t));
  });
}

/** Full from a tenth of the scale on: above it the colour alone tells the value. */
export function heatOpacity(t: number): number {
  return 0.92 * Math.min(1, Math.max(0, t) / 0.1);
}
