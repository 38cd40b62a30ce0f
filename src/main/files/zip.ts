import { open } from 'node:fs/promises';
import type { Entry } from 'yauzl';
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
      yield { path: name, size, read: (limit = size) => readEntry(path, entry, limit) };
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

async function readEntry(path: string, entry: Entry, limit: number): Promise<Uint8Array> {
  // Opening reads the end of the file alone: the place of the entry is known already.
  const { zip, close } = await openZip(path);
  try {
    const stream = await zip.openReadStreamPromise(entry);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
    return Buffer.concat(chunks, Math.min(length, limit));
  } finally {
    await close();
  }
}
