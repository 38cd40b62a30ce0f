import { PassThrough } from 'node:stream';
import { PNG } from 'pngjs';
import type { Channels } from '../../../shared/image/index.ts';
import type { OutputFile } from '../atomic.ts';

/**
 * A PNG file, compressed off the event loop.
 * @param size [columns, rows].
 * @param values row by row, the channels of a pixel side by side; asked for when it is written.
 */
export function pngFile(
  name: string,
  [width, height]: readonly [number, number],
  channels: Channels,
  bits: 8 | 16,
  values: () => Uint8Array | Uint16Array,
): OutputFile {
  const colorType = channels === 3 ? COLOUR : GREY;
  return {
    name,
    // Deflate adds little to what it cannot compress, a row a byte that names its filter.
    atMost: Math.ceil(1.01 * (width * channels * (bits / 8) + 1) * height) + 1024,
    content: () => {
      const png = new PNG({
        width,
        height,
        colorType,
        inputColorType: colorType,
        inputHasAlpha: false,
        bitDepth: bits,
        // One for all rows, as trying each of five takes five times as long: none for steps, else the row above.
        filterType: bits === 8 && channels === 1 ? 0 : 2,
      });
      const pixels = values();
      // Of 16 bits pngjs takes the memory from its beginning, whatever part of it is given.
      const { buffer, byteOffset, byteLength } = bits === 16 ? pixels.slice() : pixels;
      png.data = Buffer.from(buffer, byteOffset, byteLength);
      return png.pack().pipe(new PassThrough());
    },
  };
}

const [GREY, COLOUR] = [0, 2] as const;
