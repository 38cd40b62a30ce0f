import type { Rgb } from '../../../shared/colormap.ts';
import { layOut } from './stroke-font.ts';

/** An opaque RGBA picture, rows from the top. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export function createCanvas(width: number, height: number, background: Rgb): Canvas {
  const canvas = { width, height, rgba: new Uint8ClampedArray(4 * width * height) };
  fillRect(canvas, 0, 0, width, height, background);
  return canvas;
}

/** Mix a colour into a pixel; beyond the border nothing happens. */
export function paint(canvas: Canvas, x: number, y: number, [r, g, b]: Rgb, opacity = 1): void {
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return;
  const at = 4 * (x + canvas.width * y);
  const { rgba } = canvas;
  rgba[at] = rgba[at]! + (r - rgba[at]!) * opacity;
  rgba[at + 1] = rgba[at + 1]! + (g - rgba[at + 1]!) * opacity;
  rgba[at + 2] = rgba[at + 2]! + (b - rgba[at + 2]!) * opacity;
  rgba[at + 3] = 255;
}

export function fillRect(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Rgb,
): void {
  for (let v = y; v < y + height; v++) {
    for (let u = x; u < x + width; u++) paint(canvas, u, v, colour);
  }
}

/** Pixels that a line of text takes from left to right. */
export function textWidth(text: string, capHeight: number): number {
  return Math.ceil((layOut(text).width * capHeight) / 6);
}

/**
 * Draw a line of text with its top left corner at (x, y), capitals `capHeight` pixels high,
 * antialiased: a pixel is covered as far as it lies within half a pen of a stroke.
 */
export function drawText(
  canvas: Canvas,
  text: string,
  x: number,
  y: number,
  capHeight: number,
  colour: Rgb,
): void {
  const unit = capHeight / 6;
  const radius = Math.max(0.65, 0.075 * capHeight);
  const { segments, width } = layOut(text);
  const columns = Math.ceil(width * unit) + 4;
  const rows = Math.ceil(8 * unit) + 4;
  const coverage = new Float32Array(columns * rows);
  for (const [a, b, c, d] of segments) {
    const [x0, y0, x1, y1] = [a * unit + 2, b * unit + 2, c * unit + 2, d * unit + 2];
    const lengthSquared = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    const [left, right] = [Math.floor(Math.min(x0, x1) - 2), Math.ceil(Math.max(x0, x1) + 2)];
    const [top, bottom] = [Math.floor(Math.min(y0, y1) - 2), Math.ceil(Math.max(y0, y1) + 2)];
    for (let v = Math.max(0, top); v < Math.min(rows, bottom); v++) {
      for (let u = Math.max(0, left); u < Math.min(columns, right); u++) {
        const along = (u - x0) * (x1 - x0) + (v - y0) * (y1 - y0);
        const t = lengthSquared === 0 ? 0 : Math.min(Math.max(along / lengthSquared, 0), 1);
        const away = Math.hypot(u - x0 - t * (x1 - x0), v - y0 - t * (y1 - y0));
        const covered = Math.min(Math.max(radius + 0.5 - away, 0), 1);
        const at = u + columns * v;
        if (covered > coverage[at]!) coverage[at] = covered;
      }
    }
  }
  for (let v = 0; v < rows; v++) {
    for (let u = 0; u < columns; u++) {
      const covered = coverage[u + columns * v]!;
      if (covered > 0) paint(canvas, x + u - 2, y + v - 2, colour, covered);
    }
  }
}

/** The longest beginning of a text that fits a width in pixels, with an ellipsis if it was cut. */
export function fitText(text: string, capHeight: number, width: number): string {
  if (textWidth(text, capHeight) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && textWidth(`${letters.join('')}…`, capHeight) > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
