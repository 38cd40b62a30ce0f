import type { Channels } from '../../../shared/image/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';

/** Pixels as pages draw them: grey values as they are, colours as four bytes: red, green, blue, 255. */
export function pixelBytes(values: VoxelArray, channels: Channels): Uint8Array {
  if (channels === 1) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array((values.length / 3) * 4);
  for (let from = 0, to = 0; from < values.length; from += 3, to += 4) {
    bytes[to] = values[from]!;
    bytes[to + 1] = values[from + 1]!;
    bytes[to + 2] = values[from + 2]!;
    bytes[to + 3] = 255;
  }
  return bytes;
}
