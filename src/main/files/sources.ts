import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import { codeOf } from './error-code.ts';
import type { Candidate } from './candidate.ts';
import { fileSource } from './file-source.ts';
import { isZip, zipSources } from './zip.ts';

/** Whether what a path without links leads to may be read. */
export type MayRead = (realPath: string) => boolean;

/**
 * Everything below the paths, in the order of the names and each once: folders recursively (a linked
 * folder is entered once), zip files entry by entry, after a file that names others those.
 * @param filesNamedBy files that a file names which lie elsewhere (a DICOMDIR).
 * @param mayRead default: everything may.
 * @throws MarginaliaError `no-such-path`, `unreadable-path` for a path that was named itself.
 */
export async function* findSources(
  paths: readonly string[],
  filesNamedBy: FilesNamedBy,
  mayRead: MayRead = () => true,
): AsyncGenerator<Candidate> {
  const entered = new Set<string>();
  const seen = new Set<string>();
  for (const named of paths) {
    for await (const item of below(named, entered, filesNamedBy, mayRead)) {
      // A file may be named beside its folder.
      const path = resolve(item.path);
      if (!seen.has(path)) yield item;
      seen.add(path);
    }
  }
}

type FilesNamedBy = (path: string) => Promise<readonly string[]>;

async function* below(
  path: string,
  entered: Set<string>,
  filesNamedBy: FilesNamedBy,
  mayRead: MayRead,
): AsyncGenerator<Candidate> {
  const stats = await statNamed(path);
  yield* walk(path, stats, entered, mayRead);
  if (!stats.isFile() || !mayRead(await realpath(path))) return;
  for (const named of await filesNamedBy(path)) yield* walkInside(named, entered, mayRead, path);
}

async function* walk(
  path: string,
  stats: Stats,
  entered: Set<string>,
  mayRead: MayRead,
): AsyncGenerator<Candidate> {
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
  for (const name of names) yield* walkInside(join(path, name), entered, mayRead);
}

/** A file that the user did not name and that cannot be read gets an outcome; the scan goes on. */
async function* walkInside(
  path: string,
  entered: Set<string>,
  mayRead: MayRead,
  namedBy?: string,
): AsyncGenerator<Candidate> {
  try {
    yield* walk(path, await stat(path), entered, mayRead);
  } catch (error) {
    const dangling = (await lstat(path).catch(() => undefined))?.isSymbolicLink();
    const isMissing = namedBy !== undefined && codeOf(error) === 'ENOENT';
    if (dangling) yield { path, status: 'skipped', reason: 'a link that leads nowhere' };
    else if (isMissing)
      yield { path, status: 'failed', reason: `is not there, but named by ${basename(namedBy)}` };
    else yield { path, status: 'failed', reason: `cannot be read (${codeOf(error)})` };
  }
}

async function* fileSources(path: string, stats: Stats): AsyncGenerator<Candidate> {
  if (!stats.isFile()) {
    yield { path, status: 'skipped', reason: 'not a regular file' };
  } else if (stats.size === 0) {
    yield { path, status: 'failed', reason: 'the file is empty' };
  } else if (/\.zip$/i.test(path) && (await isZip(path))) {
    yield* zipSources(path);
  } else {
    yield fileSource(path, stats.size);
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
        'Check the spelling; give a folder, single files, or a zip.',
      );
    }
    throw new MarginaliaError('unreadable-path', `${path} cannot be read (${codeOf(error)}).`);
  }
}
