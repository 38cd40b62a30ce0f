import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CallOutput } from '../../shared/contract/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { isWithin } from '../services/session/index.ts';

type Listing = CallOutput<'paths.list'>;
type Entry = Listing['entries'][number];

/** The folders that the user named: nothing outside of them is read or written for a page. */
export interface Roots {
  /** @param realPath without links, as `realpath` gives it. */
  readonly mayUse: (realPath: string) => boolean;
  /**
   * Folders and files in a folder, folders first; without a path, the roots. Hidden ones and links
   * that lead out are left out.
   * @throws MarginaliaError `path-not-allowed`, `no-such-path`.
   */
  readonly list: (path: string | undefined) => Promise<Listing>;
}

/** @throws MarginaliaError `no-such-path` where one of the folders is none. */
export async function openRoots(folders: readonly string[]): Promise<Roots> {
  const roots = await Promise.all(folders.map(realFolder));
  const mayUse = (path: string): boolean => roots.some((root) => isWithin(root, path));

  async function kindOf(path: string): Promise<Entry['kind'] | undefined> {
    // Links are judged by where they lead; what leads nowhere is left out.
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || !mayUse(real)) return undefined;
    const stats = await stat(real).catch(() => undefined);
    return stats?.isDirectory() ? 'folder' : stats?.isFile() ? 'file' : undefined;
  }

  async function entriesOf(folder: string): Promise<Entry[]> {
    const listed = await readdir(folder, { withFileTypes: true });
    const entries = await Promise.all(
      listed
        .filter(({ name }) => !name.startsWith('.'))
        .map(async (entry): Promise<Entry | undefined> => {
          const path = join(folder, entry.name);
          const kind = entry.isDirectory()
            ? 'folder'
            : entry.isFile()
              ? 'file'
              : await kindOf(path);
          return kind && { name: entry.name, path, kind };
        }),
    );
    const order = new Intl.Collator('en', { numeric: true });
    return entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => b.kind.localeCompare(a.kind) || order.compare(a.name, b.name));
  }

  return {
    mayUse,
    async list(path) {
      if (path === undefined) {
        const entries = roots.map((root): Entry => ({ name: root, path: root, kind: 'folder' }));
        return { path: null, parent: null, entries };
      }
      const real = await realpath(path).catch(() => undefined);
      if (real === undefined || !mayUse(real)) {
        throw new MarginaliaError(
          'path-not-allowed',
          `${path} is not in a folder that was opened to the browser.`,
          'Start `marginalia serve` with --root <folder>.',
        );
      }
      const folder = await realFolder(real);
      const parent = mayUse(dirname(folder)) ? dirname(folder) : null;
      return { path: folder, parent, entries: await entriesOf(folder) };
    },
  };
}

async function realFolder(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  const stats = real === undefined ? undefined : await stat(real);
  if (real !== undefined && stats?.isDirectory()) return real;
  throw new MarginaliaError('no-such-path', `There is no folder ${path}.`, 'Check the spelling.');
}
