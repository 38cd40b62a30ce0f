import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { userModels } from './library.ts';

/*
 * A process that works with a model says so by a file beside the model's folder, `.<name>.used-<pid>`,
 * so that another one does not remove the model meanwhile. What a killed process left means nothing:
 * its number belongs to no process any more.
 */

const prefixOf = (folder: string): string => `.${basename(folder)}.used-`;

/** Uses in this process, by folder: the file goes with the last of them. */
const uses = new Map<string, number>();

/**
 * Says that this process works with a model of the user's library until the returned function is
 * called. Of others nothing is said, as nobody removes them.
 */
export function markInUse(folder: string): () => void {
  if (dirname(folder) !== userModels()) return () => undefined;
  const path = join(dirname(folder), `${prefixOf(folder)}${process.pid}`);
  uses.set(folder, (uses.get(folder) ?? 0) + 1);
  try {
    writeFileSync(path, '');
  } catch {
    // Where nobody writes, nobody removes it either.
  }
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const left = uses.get(folder)! - 1;
    if (left > 0) return void uses.set(folder, left);
    uses.delete(folder);
    rmSync(path, { force: true });
  };
}

/** Numbers of the processes that work with a model, this one among them. */
export function usersOf(folder: string): number[] {
  const prefix = prefixOf(folder);
  return readdirSync(dirname(folder)).flatMap((name) => {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (!Number.isInteger(pid)) return [];
    if (pid === process.pid ? uses.has(folder) : isRunning(pid)) return [pid];
    rmSync(join(dirname(folder), name), { force: true });
    return [];
  });
}

/** Whether there is a process of this number. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process (EPERM) is running all the same.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
