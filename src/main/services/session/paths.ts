import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isWithin } from './is-within.ts';
import type { Host } from './host.ts';

/** Paths that pages name, judged by where they really lead. */
export interface Paths {
  /**
   * The path without links; its last parts need not exist.
   * @throws MarginaliaError `path-not-allowed`
   */
  readonly allowed: (path: string) => Promise<string>;
  /** @param realPath without links. */
  readonly mayUse: (realPath: string) => boolean;
}

/** @param internal folders of the application, which are open to every page. */
export function allowedPaths(host: Host, internal: readonly string[]): Paths {
  const mayUse = (path: string): boolean =>
    internal.some((folder) => isWithin(folder, path)) || host.mayUse(path);
  return {
    mayUse,
    async allowed(path) {
      const real = await realPathOf(resolve(path));
      if (real !== undefined && mayUse(real)) return real;
      throw new MarginaliaError(
        'path-not-allowed',
        `${path} is not in a folder that may be used here.`,
        'Start `marginalia serve` with --root <folder> to open it.',
      );
    },
  };
}

/** Undefined where it goes through a link that leads nowhere: whoever writes there decides where. */
async function realPathOf(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const isLink = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isLink || dirname(path) === path) return undefined;
  const parent = await realPathOf(dirname(path));
  return parent && join(parent, basename(path));
}
