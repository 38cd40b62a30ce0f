import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { OpenedStack } from '../../workspace/index.ts';
import { isWithin } from '../session/index.ts';

/** The files of a case that are gone. */
export const missingFiles = ({ files }: Pick<OpenedStack, 'files'>): string[] =>
  [...new Set(files.map(fileOf))].filter((file) => !existsSync(file));

/**
 * Where the files of a case are looked for: the recent paths that hold all of them, as what belongs
 * to an image depends on what lies beside it; else their folders.
 */
export function placesOf(
  { files }: Pick<OpenedStack, 'files'>,
  recents: readonly (readonly string[])[],
): string[][] {
  const holding = recents.filter((paths) =>
    files.every((file) => paths.some((path) => isIn(file, path))),
  );
  const folders = files.map((file) => (fileOf(file) === file ? dirname(file) : fileOf(file)));
  return [...holding.map((paths) => [...paths]), [...new Set(folders)]].filter((paths) =>
    paths.every((path) => existsSync(path)),
  );
}

/** The zip in which an entry lies, which follows it after a `!`; other files are themselves. */
function fileOf(file: string): string {
  if (existsSync(file)) return file;
  for (let at = file.indexOf('!'); at >= 0; at = file.indexOf('!', at + 1)) {
    if (existsSync(file.slice(0, at))) return file.slice(0, at);
  }
  return file;
}

const isIn = (file: string, path: string): boolean =>
  isWithin(path, file) || file.startsWith(`${path}!`);

/** Where systems mount drives and shares. */
const MOUNTS = /^(\/media(\/[^/]+)?|\/mnt|\/run\/media(\/[^/]+)?|\/Volumes)$/;

/** Why a case cannot be opened, and where its files were. */
export function absence({ stack, files, description }: OpenedStack): MarginaliaError {
  const name = description || stack;
  const [first] = missingFiles({ files });
  if (first === undefined) {
    return new MarginaliaError(
      'files-changed',
      `The files of ${name} are no longer those that it was labelled on: ${files[0] ?? 'there are none'}.`,
      'Put back what lay beside them, or open them in the window from where they are now; the labels are kept.',
    );
  }
  const drive = missingDrive(first);
  if (drive !== undefined) {
    return new MarginaliaError(
      'drive-missing',
      `The files of ${name} are on ${drive}, which is not mounted: ${first}.`,
      'Connect the drive or the share and try again, or open them in the window from where they are now; the labels are kept.',
    );
  }
  return new MarginaliaError(
    'files-gone',
    `The files of ${name} are not where they were: ${first}.`,
    'Open them in the window from where they are now; the labels are kept.',
  );
}

/** The drive or share on which a file would be, where that is not there. */
function missingDrive(file: string): string | undefined {
  let missing = file;
  for (let at = dirname(file); !existsSync(at); at = dirname(at)) {
    missing = at;
    // The root of a drive that Windows does not know.
    if (dirname(at) === at) return at;
  }
  return MOUNTS.test(dirname(missing)) ? missing : undefined;
}
