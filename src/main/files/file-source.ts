import { createReadStream } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import type { ByteRange, Source } from '../../shared/image/index.ts';

/** A file of the file system. @param size in bytes, as the file system says. */
export const fileSource = (path: string, size: number): Source => ({
  path,
  size,
  canSeek: true,
  read: async (limit = size) =>
    limit >= size ? readFile(path) : readRanges(path, [{ from: 0, length: limit }]),
  readRanges: (ranges) => readRanges(path, ranges),
  chunks: () => createReadStream(path, { highWaterMark: 2 ** 20 }),
});

/** Bytes asked of the operating system at once; it gives no more than 2 GiB. */
const PIECE = 2 ** 28;

async function readRanges(
  path: string,
  ranges: readonly ByteRange[],
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, 0));
  const file = await open(path);
  try {
    let filled = 0;
    for (const { from, length } of ranges) {
      filled += await readInto(file, bytes.subarray(filled, filled + length), from);
    }
    return filled === bytes.length ? bytes : bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** How many bytes there were. */
async function readInto(file: FileHandle, bytes: Uint8Array, from: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = Math.min(PIECE, bytes.length - filled);
    const { bytesRead } = await file.read(bytes, filled, wanted, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
