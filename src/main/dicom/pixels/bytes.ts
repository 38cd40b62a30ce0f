import type { Source } from '../../../shared/image/index.ts';
import { readRange } from '../read-source.ts';

/** Bytes of a file that lie in memory, or are read when they are asked for. */
export interface PixelBytes {
  readonly size: number;
  /** Fewer where they end earlier. */
  readonly read: (from: number, length: number) => Uint8Array | Promise<Uint8Array>;
}

export function inMemory({ buffer, byteOffset, length: size }: Uint8Array): PixelBytes {
  // Not as a Buffer, whose slices are no copies.
  const bytes = new Uint8Array(buffer, byteOffset, size);
  return { size, read: (from, length) => bytes.subarray(from, from + length) };
}

/** What is read throws as `readRange`. */
export const inSource = (source: Source): PixelBytes => ({
  size: source.size,
  read: (from, length) => readRange(source, from, length),
});
