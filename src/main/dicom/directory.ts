import { lstat, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readHeader } from './data-set.ts';
import { fileSource } from '../files/index.ts';

/** Media Storage Directory Storage (PS3.6 table A-1). */
const DIRECTORY = '1.2.840.10008.1.3.10';
/** File Meta Information begins with the class of the file. */
const META_BYTES = 512;

/**
 * The files that a DICOMDIR names, each once, in its order: Referenced File ID (0004,1500) of its
 * records, PS3.3 F.3. None where the file is no DICOMDIR, or is too broken to tell.
 */
export async function filesNamedBy(path: string): Promise<string[]> {
  const { size } = await stat(path);
  const head = Buffer.from(await fileSource(path, size).read(META_BYTES));
  if (!head.includes(DIRECTORY)) return [];
  const ids = idsIn(await readFile(path), path);
  return Promise.all(ids.map((id) => besides(dirname(path), id.split('\\'))));
}

function idsIn(bytes: Uint8Array, path: string): string[] {
  try {
    const records = readHeader(bytes, path)?.dataSet.items('0004,1220') ?? [];
    const ids = records.map((record) => record.text('0004,1500'));
    return [...new Set(ids)].filter((id) => id !== '');
  } catch {
    return [];
  }
}

/** Discs are often shown with names in small letters. */
async function besides(folder: string, parts: readonly string[]): Promise<string> {
  const path = join(folder, ...parts);
  const small = join(folder, ...parts.map((part) => part.toLowerCase()));
  const isThere = async (one: string): Promise<boolean> =>
    lstat(one).then(
      () => true,
      () => false,
    );
  return !(await isThere(path)) && (await isThere(small)) ? small : path;
}
