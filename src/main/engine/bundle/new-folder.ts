import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { explainFileError } from './file-errors.ts';
import { isRunning } from './in-use.ts';

/** Folders that this process is making. */
const busy = new Set<string>();

/**
 * Lets `fill` write into a folder beside `out` that becomes `out` when all is there, and is removed
 * otherwise, with the parent folders that had to be created. What a killed process left is removed
 * by the next one that makes the same folder.
 * @param out absolute path; nothing or an empty folder.
 * @param bytes what it takes, for the message where it cannot be written.
 * @throws MarginaliaError `no-space`, `file-not-accessible`, `output-busy`, `output-exists`; and what
 *   `fill` throws.
 */
export async function inNewFolder(
  out: string,
  bytes: number,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  if (busy.has(out)) {
    throw new MarginaliaError(
      'output-busy',
      `${out} is being made already.`,
      'Wait until that is done, or choose another folder.',
    );
  }
  busy.add(out);
  const home = dirname(out);
  const prefix = `.${basename(out)}.partial-`;
  const partial = join(home, `${prefix}${process.pid}`);
  let created: string | undefined;
  try {
    created = mkdirSync(home, { recursive: true });
    removeLeftovers(home, prefix);
    mkdirSync(partial);
    await fill(partial);
    takePlace(partial, out);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial, { recursive: true });
    if (created !== undefined) removeEmpty(home, created);
    throw explainFileError(error, `${out}, which takes ${megabytes(bytes)}, cannot be written`);
  } finally {
    busy.delete(out);
  }
}

/**
 * For what takes long to write: where there is too little room, nothing is begun.
 * @param home folder on the disk.
 * @param what is written, as the start of a sentence.
 * @throws MarginaliaError `no-space`
 */
export function requireSpace(home: string, what: string, bytes: number): void {
  const free = freeBytes(home);
  if (free >= bytes) return;
  throw new MarginaliaError(
    'no-space',
    `${what} takes ${megabytes(bytes)}, and there is room for ${megabytes(free)} in ${home}. Nothing was written.`,
    'Make room on that disk, or write to another one.',
  );
}

/** Room that is left for this user; endless where the file system does not tell. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return blocks === 0 ? Infinity : bavail * bsize;
  } catch {
    return Infinity;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** @throws MarginaliaError `output-exists` where another process was faster. */
function takePlace(partial: string, out: string): void {
  try {
    if (existsSync(out)) rmdirSync(out);
    renameSync(partial, out);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    throw new MarginaliaError(
      'output-exists',
      `${out} exists already: something else has made it meanwhile.`,
      'Look at what is there, or choose another name.',
    );
  }
}

/** Removes what killed processes left in a folder of `inNewFolder`, whatever it was to be called. */
export function sweep(home: string): void {
  if (!statSync(home, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const name of readdirSync(home)) {
    const [, pid] = /^\..+\.(?:partial|removed|used)-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    rmSync(join(home, name), { recursive: true, force: true });
  }
}

function removeLeftovers(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (!/^\d+$/.test(pid)) continue;
    // One of this very process is a leftover too: numbers are used again.
    if (Number(pid) === process.pid || !isRunning(Number(pid))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Removes a folder and its parents up to `last`, as far as they are empty. */
function removeEmpty(folder: string, last: string): void {
  for (let path = folder; path.length >= last.length; path = dirname(path)) {
    if (readdirSync(path).length > 0) return;
    rmdirSync(path);
  }
}
