import { PassThrough } from 'node:stream';
import { PNG } from 'pngjs';
import type { Canvas } from './canvas.ts';

/** The whole of the file. */
export async function pngBytes(canvas: Canvas): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of encodePng(canvas)) parts.push(part);
  return Buffer.concat(parts);
}

/** A PNG file of a canvas (RGB), compressed off the event loop. */
export function encodePng({ width, height, rgba }: Canvas): AsyncIterable<Uint8Array> {
  const png = new PNG({ width, height, colorType: 2 });
  png.data = Buffer.from(rgba.buffer);
  return png.pack().pipe(new PassThrough());
}
