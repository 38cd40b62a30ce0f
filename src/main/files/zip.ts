import { open } from 'node:fs/promises';
import type { Entry } from 'yauzl';
import type { ByteRange } from '../../shared/image/index.ts';
import { openZip } from '../zip/open-zip.ts';
import { codeOf } from './error-code.ts';
import type { Candidate } from './candidate.ts';

/** A small zip may claim anything; no file of an image is larger than this. */
const LARGEST_ENTRY = 2 ** 31;

/** Whether a file begins as a zip file does (an empty one begins with its directory's end). */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return (
      bytesRead === 4 &&
      (buffer.readUInt32LE() === 0x04034b50 || buffer.readUInt32LE() === 0x06054b50)
    );
  } finally {
    await file.close();
  }
}

/** The files of a zip, each read when asked for; nothing is unpacked to disk. */
export async function* zipSources(path: string): AsyncGenerator<Candidate> {
  let entries: Entry[];
  try {
    entries = await entriesOf(path);
  } catch (error) {
    yield { path, status: 'failed', reason: `the zip file is damaged (${codeOf(error)})` };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
    if (entry.fileName.endsWith('/')) continue;
    const name = `${path}!${entry.fileName}`;
    const size = entry.uncompressedSize;
    if (entry.isEncrypted()) {
      yield { path: name, status: 'failed', reason: 'the zip file is encrypted: unpack it first' };
    } else if (/\.zip$/i.test(entry.fileName)) {
      yield { path: name, status: 'skipped', reason: 'a zip file inside a zip file' };
    } else if (size > LARGEST_ENTRY) {
      yield { path: name, status: 'failed', reason: 'larger than 2 GiB inside a zip file' };
    } else if (size === 0) {
      yield { path: name, status: 'failed', reason: 'the file is empty' };
    } else {
      yield {
        path: name,
        size,
        read: (limit = size) => readRanges(path, entry, [{ from: 0, length: limit }]),
        readRanges: (ranges) => readRanges(path, entry, ranges),
        chunks: () => chunksOf(path, entry),
      };
    }
  }
}

async function entriesOf(path: string): Promise<Entry[]> {
  const { zip, close } = await openZip(path);
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return entries;
  } finally {
    await close();
  }
}

async function* chunksOf(path: string, entry: Entry): AsyncGenerator<Buffer> {
  // Opening reads the end of the file alone: the place of the entry is known already.
  const { zip, close } = await openZip(path);
  try {
    yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
  } finally {
    await close();
  }
}

/** Decompressed once, as far as the last range reaches. */
async function readRanges(
  path: string,
  entry: Entry,
  ranges: readonly ByteRange[],
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  const end = Math.max(0, ...ranges.map(({ from, length }) => from + length));
  let at = 0;
  for await (const chunk of chunksOf(path, entry)) {
    for (const { from, length } of ranges) {
      const [first, last] = [Math.max(0, from - at), Math.min(chunk.length, from + length - at)];
      if (first < last) filled += chunk.copy(bytes, filled, first, last);
    }
    at += chunk.length;
    if (at >= end) break;
  }
  return filled === bytes.length ? bytes : bytes.subarray(0, filled);
}
