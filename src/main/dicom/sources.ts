import type { Stats } from 'node:fs';
import { lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { codeOf } from './error-code.ts';
import type { Found } from './types.ts';
import { isZip, zipSources } from './zip.ts';

/** Whether what a path without links leads to may be read. */
export type MayRead = (realPath: string) => boolean;

/**
 * Everything below the paths, in the order of the names: folders recursively (a linked folder is
 * entered once), zip files entry by entry.
 * @param mayRead default: everything may.
 * @throws MarginaliaError `no-such-path`, `unreadable-path` for a path that was named itself.
 */
export async function* findSources(
  paths: readonly string[],
  mayRead: MayRead = () => true,
): AsyncGenerator<Found> {
  const entered = new Set<string>();
  for (const path of paths) {
    const stats = await statNamed(path);
    yield* walk(path, stats, entered, mayRead);
  }
}

async function* walk(
  path: string,
  stats: Stats,
  entered: Set<string>,
  mayRead: MayRead,
): AsyncGenerator<Found> {
  const real = await realpath(path);
  if (!mayRead(real)) {
    yield { path, status: 'skipped', reason: 'a link that leads out of the folders to be read' };
    return;
  }
  if (!stats.isDirectory()) {
    yield* fileSources(path, stats);
    return;
  }
  if (entered.has(real)) return;
  entered.add(real);
  let names: string[];
  try {
    names = (await readdir(path)).sort();
  } catch (error) {
    yield { path, status: 'failed', reason: `the folder cannot be read (${codeOf(error)})` };
    return;
  }
  for (const name of names) {
    const inside = join(path, name);
    try {
      yield* walk(inside, await stat(inside), entered, mayRead);
    } catch (error) {
      const dangling = (await lstat(inside).catch(() => undefined))?.isSymbolicLink();
      const reason = dangling ? 'a link that leads nowhere' : `cannot be read (${codeOf(error)})`;
      yield { path: inside, status: dangling ? 'skipped' : 'failed', reason };
    }
  }
}

async function* fileSources(path: string, stats: Stats): AsyncGenerator<Found> {
  if (!stats.isFile()) {
    yield { path, status: 'skipped', reason: 'not a regular file' };
  } else if (stats.size === 0) {
    yield { path, status: 'failed', reason: 'the file is empty' };
  } else if (/\.zip$/i.test(path) && (await isZip(path))) {
    yield* zipSources(path);
  } else {
    yield { path, size: stats.size, read: (limit) => readStart(path, stats.size, limit) };
  }
}

async function readStart(path: string, size: number, limit = size): Promise<Uint8Array> {
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

async function statNamed(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') {
      throw new MarginaliaError(
        'no-such-path',
        `There is no file or folder ${path}.`,
        'Check the spelling; give a folder of DICOM files, single files, or a zip.',
      );
    }
    throw new MarginaliaError('unreadable-path', `${path} cannot be read (${codeOf(error)}).`);
  }
}
