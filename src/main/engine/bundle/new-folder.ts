import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { explainFileError } from './file-errors.ts';

/** Folders that this process is making. */
const busy = new Set<string>();

/**
 * Lets `fill` write into a folder beside `out` that becomes `out` when all is there, and is removed
 * otherwise, with the parent folders that had to be created. What a killed process left is removed
 * by the next one that makes the same folder.
 * @param out absolute path; nothing or an empty folder.
 * @param bytes what it takes, for the message where it cannot be written.
 * @throws MarginaliaError `no-space`, `file-not-accessible`, `output-busy`; and what `fill` throws.
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
    if (existsSync(out)) rmdirSync(out);
    renameSync(partial, out);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial, { recursive: true });
    if (created !== undefined) removeEmpty(home, created);
    const megabytes = (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
    throw explainFileError(error, `${out}, which takes ${megabytes} MB, cannot be written`);
  } finally {
    busy.delete(out);
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

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process (EPERM) is running all the same.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes a folder and its parents up to `last`, as far as they are empty. */
function removeEmpty(folder: string, last: string): void {
  for (let path = folder; path.length >= last.length; path = dirname(path)) {
    if (readdirSync(path).length > 0) return;
    rmdirSync(path);
  }
}
