import { open, readFile } from 'node:fs/promises';

/** The first `limit` bytes of a file of that size, or all of it. */
export async function readStart(path: string, size: number, limit = size): Promise<Uint8Array> {
  if (limit >= size) return readFile(path);
  const file = await open(path);
  try {
    const bytes = new Uint8Array(limit);
    const { bytesRead } = await file.read(bytes, 0, limit, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
