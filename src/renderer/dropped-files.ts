import { dropPath } from '../shared/contract/resources.ts';
import { contentDigest, listingDigest } from '../shared/drop-digest.ts';
import { fromErrorInfo, MarginaliaError, type ErrorInfo } from '../shared/errors.ts';
import { mapLimited } from '../shared/pool.ts';

/** A file of a drop, and where it was below what was dropped. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

export interface Dropped {
  /** Of the folder or file, for the user. */
  readonly title: string;
  readonly files: readonly DroppedFile[];
}

/** Files are put at once as many as a browser has connections for. */
const UNDER_WAY = 4;

/**
 * Everything in the folders and files that were dropped.
 * @param entries taken from the event while it is handled.
 * @throws MarginaliaError `drop-unreadable`.
 */
export async function readDropped(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const [first, ...more] = entries;
  const title = more.length > 0 ? `${first!.name} and ${more.length} more` : (first?.name ?? '');
  const files: DroppedFile[] = [];
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    if (isFile(entry)) files.push({ path, file: await fileOf(entry) });
    else
      for (const child of await childrenOf(entry))
        await walk(child, path ? `${path}/${child.name}` : child.name);
  };
  // What is in the one folder lies below its title.
  for (const entry of entries)
    await walk(entry, more.length > 0 || isFile(entry) ? entry.name : '');
  return { title, files };
}

/** @throws MarginaliaError as the host says, `host-gone`, `drop-unreadable`. */
export async function putDropped(
  url: (path: string) => string,
  drop: string,
  files: readonly DroppedFile[],
  signal: AbortSignal,
): Promise<void> {
  await mapLimited(files, UNDER_WAY, async ({ path, file }) => {
    // What was removed meanwhile cannot be read, and fetch reports it like a lost host.
    await file
      .slice(0, 1)
      .arrayBuffer()
      .catch(() => {
        throw unreadable();
      });
    const answer = await fetch(url(dropPath(drop, path)), {
      method: 'PUT',
      body: file,
      signal,
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new MarginaliaError('host-gone', 'Marginalia itself does not answer.');
    });
    if (!answer.ok) throw fromErrorInfo((await answer.json()) as ErrorInfo);
  });
}

/**
 * Where the host has a copy of the same content.
 * @param onProgress how far the comparison is, 0 … 1.
 * @returns null where there is none.
 * @throws MarginaliaError `cancelled`, `drop-unreadable`, and what the host says.
 */
export async function findCopy(
  find: (listing: string) => Promise<{ readonly path: string; readonly digest: string } | null>,
  files: readonly DroppedFile[],
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const contents = files.map(({ path, file }) => ({
    path,
    size: file.size,
    async read(from: number, to: number) {
      signal.throwIfAborted();
      return new Uint8Array(
        await file
          .slice(from, to)
          .arrayBuffer()
          .catch(() => {
            throw unreadable();
          }),
      );
    },
  }));
  const copy = await find(await listingDigest(contents));
  if (!copy) return null;
  const whole = contents.reduce((sum, { size }) => sum + size, 0);
  let read = 0;
  const digest = await contentDigest(contents, (bytes) => onProgress((read += bytes) / whole));
  return digest === copy.digest ? copy.path : null;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, () => reject(unreadable())));

async function childrenOf(entry: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, () => reject(unreadable())),
    );
    // It gives a hundred at a time, and none in the end.
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const unreadable = (): MarginaliaError =>
  new MarginaliaError(
    'drop-unreadable',
    'A dropped file cannot be read by the browser.',
    'See that all are still there and that you may read them, or open its folder from the list of folders.',
  );
