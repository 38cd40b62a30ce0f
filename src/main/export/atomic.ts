import { lstat, mkdir, open, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';

export interface OutputFile {
  /** Inside the output folder; folders in it are parted by `/`, on every system. */
  readonly name: string;
  /** The most bytes that it can take, for the message when the disk is full. */
  readonly atMost: number;
  /** Called once, when it is this file's turn. */
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Folders being written by this process. */
const busy = new Set<string>();

/**
 * Write files into a folder, all or none. They are written and flushed in a temporary folder on the
 * same file system (`.<name>.partial-<pid>`) and renamed into place only when the last is complete:
 * a new output folder appears as a whole, in an existing one file by file, in the order in which they
 * are given; what else lies there is left alone, and no link in it is followed. After an error or a
 * cancellation nothing new remains; what a killed process left is removed by the next one.
 * @throws MarginaliaError `no-space`, `not-writable`, `not-a-folder`, `output-busy`, `cancelled`.
 */
export async function writeFiles(
  outDir: string,
  files: readonly OutputFile[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const target = resolve(outDir);
  if (busy.has(target)) {
    throw new MarginaliaError('output-busy', `Another job is writing to ${target} now.`);
  }
  busy.add(target);
  // The first folder that had to be made, to be taken away again.
  let made: string | undefined;
  let partial: string | undefined;
  const inside = [...new Set(files.map(({ name }) => dirname(name)))].filter(
    (path) => path !== '.',
  );
  const madeInside: { readonly folder: string; readonly first: string }[] = [];
  try {
    const existing = await isFolder(target);
    if (existing) await requireFolders(target, inside);
    // Inside an existing folder, which may be a file system of its own.
    const home = existing ? target : dirname(target);
    if (!existing) made = await mkdir(home, { recursive: true });
    await removeLeftovers([dirname(target), target], basename(target));
    partial = join(home, partialName(basename(target), process.pid));
    await mkdir(partial);
    for (const folder of inside) await mkdir(join(partial, folder), { recursive: true });
    for (const file of files) await writeOne(join(partial, file.name), file, options.signal);
    for (const folder of ['.', ...inside]) await flush(join(partial, folder));
    checkCancelled(options.signal);
    if (existing) {
      for (const name of inside) {
        const folder = join(target, name);
        const first = await mkdir(folder, { recursive: true });
        if (first !== undefined) madeInside.push({ folder, first });
      }
      for (const { name } of files) await rename(join(partial, name), join(target, name));
      await rm(partial, { recursive: true });
      for (const folder of inside) await flush(join(target, folder));
    } else {
      await rename(partial, target);
    }
    await flush(home);
  } catch (error) {
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
    const explained = await explain(error, target, files);
    for (const { folder, first } of madeInside) await removeEmpty(folder, first);
    if (made !== undefined) await removeEmpty(dirname(target), made);
    throw explained;
  } finally {
    busy.delete(target);
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && !found.isDirectory()) {
    throw new MarginaliaError(
      'not-a-folder',
      `${path} is a file; the results need a folder.`,
      'Give another output folder.',
    );
  }
  return found !== undefined;
}

/** Refuses what would be written through a link, or through a file, in an existing folder. */
async function requireFolders(target: string, inside: readonly string[]): Promise<void> {
  for (const path of inside) {
    const parts = path.split('/');
    for (let n = 1; n <= parts.length; n++) {
      const folder = join(target, ...parts.slice(0, n));
      const found = await lstat(folder).catch(() => undefined);
      if (found === undefined || found.isDirectory()) continue;
      throw new MarginaliaError(
        'not-a-folder',
        `${folder} is ${found.isSymbolicLink() ? 'a link' : 'a file'}; the results need a folder there.`,
        'Give another output folder, or move it away.',
      );
    }
  }
}

const partialName = (name: string, pid: number): string => `.${name}.partial-${pid}`;

/** Remove what writers to a folder of this name left that are no longer running. */
async function removeLeftovers(folders: readonly string[], name: string): Promise<void> {
  const prefix = `.${name}.partial-`;
  for (const folder of new Set(folders)) {
    for (const entry of await readdir(folder).catch(() => [])) {
      const pid = entry.startsWith(prefix) ? entry.slice(prefix.length) : '';
      // One of this very process is a leftover too: numbers are used again, after a restart of a
      // container the same ones, and `busy` holds off a second job of ours.
      if (/^\d+$/.test(pid) && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
        await rm(join(folder, entry), { recursive: true, force: true });
      }
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

async function writeOne(path: string, file: OutputFile, signal?: AbortSignal): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of file.content()) {
      checkCancelled(signal);
      await handle.writeFile(chunk);
    }
    checkCancelled(signal);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new MarginaliaError('cancelled', 'Writing was cancelled; nothing was changed.');
  }
}

/** Make the names in a folder durable; Windows has no such call for folders. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Remove a folder and its parents up to `last`, as far as they are empty. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  for (let path = folder; path.length >= last.length; path = dirname(path)) {
    const removed = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

const megabytes = (bytes: number): string =>
  bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e6)} MB`;

/** What a failing file system says, in the user's words. Called when the partial folder is gone. */
async function explain(
  error: unknown,
  target: string,
  files: readonly OutputFile[],
): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const needed = files.reduce((sum, { atMost }) => sum + atMost, 0);
    const free = await freeBytes(target);
    const room = free === undefined ? '' : `, ${megabytes(free)} are free`;
    return new MarginaliaError(
      'no-space',
      `There is no space left for ${target}: the results take up to ${megabytes(needed)}${room}. Nothing was written.`,
      'Make room on that disk, or give an output folder on another one.',
      { cause: error },
    );
  }
  // Only what the file system refused has a system call.
  if ((error as NodeJS.ErrnoException).syscall !== undefined) {
    return new MarginaliaError(
      'not-writable',
      `Results cannot be written to ${target} (${code}). Nothing was written.`,
      'Give an output folder that you may write to.',
      { cause: error },
    );
  }
  return error;
}

/** Free for us on the disk of the nearest folder that exists. */
async function freeBytes(path: string): Promise<number | undefined> {
  const found = await statfs(path).catch(() => undefined);
  if (found !== undefined) return found.bavail * found.bsize;
  return dirname(path) === path ? undefined : freeBytes(dirname(path));
}
