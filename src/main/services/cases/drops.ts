import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createWriteStream, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { StreamInput } from '../../../shared/contract/index.ts';
import { progressFrame, secondsLeft, type Progress } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { isWithin, type StreamContext } from '../session/index.ts';
import { dropIndex, type DropIndex } from './drop-index.ts';

type Ready = z.infer<typeof contract.DropReady>;

/**
 * Files that were dropped on a page that knows no paths of them: copied into a folder of
 * the application. A drop is stored whole or not at all.
 */
export interface Drops extends DropIndex {
  /** All drops lie below it; without links. */
  readonly folder: string;
  /**
   * Waits until all files were put.
   * @returns the folder that holds them.
   * @throws MarginaliaError `drop-too-large`, and the error of a file that failed.
   */
  readonly receive: (
    input: StreamInput<'sources.drop'>,
    context: StreamContext<Progress | Ready>,
  ) => Promise<string>;
  /**
   * Takes in a file of a drop that is being received.
   * @param path below the drop, with slashes.
   * @throws MarginaliaError `no-such-drop`, `bad-path`, `drop-too-large`; whatever fails ends the drop.
   */
  readonly put: (
    drop: string,
    path: string,
    body: ReadableStream<Uint8Array> | null,
  ) => Promise<void>;
  /**
   * Removes what a folder of a drop holds, unless a series of it has labels; others are left alone.
   */
  readonly remove: (folder: string) => Promise<void>;
}

interface Receiving {
  readonly folder: string;
  readonly ending: AbortController;
  readonly arrived: (bytes: number) => void;
  readonly done: () => void;
  readonly writing: Set<Promise<void>>;
}

/** Of the disk, that stays free for labels. */
const SPARE_BYTES = 2 ** 30;
const PART = '.part';
const MOST_NAME = 255;

/**
 * @param folder created where it is missing.
 * @param kept folders of drops that somebody may still ask for.
 * @param labelled files that labels of the workspace belong to.
 * Drops of neither go.
 */
export function openDrops(
  folder: string,
  kept: readonly string[],
  labelled: () => readonly string[],
): Drops {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = realpathSync(folder);
  const holdsAny = (folder: string, paths: readonly string[]): boolean =>
    paths.some((path) => isWithin(folder, path));
  const inUse = [...kept, ...labelled()];
  for (const name of readdirSync(root)) {
    const stored = join(root, name);
    if (!holdsAny(stored, inUse)) rmSync(stored, { recursive: true, force: true });
  }
  const under = new Map<string, Receiving>();

  async function requireSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(root);
    const free = bavail * bsize - SPARE_BYTES;
    if (bytes <= free) return;
    throw new MarginaliaError(
      'drop-too-large',
      `The dropped files take ${inGigabytes(bytes)}; ${inGigabytes(Math.max(0, free))} are free where the workspace lies.`,
      'Open their folder from the list of folders: then nothing is copied.',
    );
  }

  return {
    folder: root,
    ...dropIndex(root, (name) => name.endsWith(PART)),
    async receive({ title, files, bytes }, { signal, emit }) {
      await requireSpace(bytes);
      const drop = randomUUID();
      const part = join(root, drop + PART);
      const ending = new AbortController();
      // Of every file that is being written.
      setMaxListeners(0, ending.signal);
      const [start, whole] = [performance.now(), Math.max(1, bytes)];
      let [received, written, reported] = [0, 0, -1];
      const report = (): void => {
        const percent = Math.floor((100 * received) / whole);
        if (percent === reported) return;
        reported = percent;
        const seconds = (performance.now() - start) / 1000;
        const left = secondsLeft(seconds, received, bytes);
        emit(progressFrame(`Copying ${written} of ${files} files`, received / whole, left));
      };
      const writing = new Set<Promise<void>>();
      try {
        await mkdir(part, { mode: 0o700 });
        await new Promise<void>((resolve, reject) => {
          const fail = (reason: unknown): void => reject(reason as Error);
          ending.signal.addEventListener('abort', () => fail(ending.signal.reason));
          if (signal.aborted) return fail(signal.reason);
          signal.addEventListener('abort', () => ending.abort(signal.reason));
          under.set(drop, {
            folder: join(part, fileName(title)),
            ending,
            writing,
            arrived(length) {
              received += length;
              if (received > bytes)
                throw new MarginaliaError(
                  'drop-too-large',
                  'More came than was dropped.',
                  'Drop the files again.',
                );
              report();
            },
            done: () => ++written === files && resolve(),
          });
          emit({ kind: 'ready', drop });
        });
        under.delete(drop);
        await rename(part, join(root, drop));
        return join(root, drop, fileName(title));
      } catch (error) {
        under.delete(drop);
        ending.abort(error);
        await Promise.allSettled(writing);
        await rm(part, { recursive: true, force: true });
        throw explained(error);
      }
    },
    async put(drop, path, body) {
      const receiving = under.get(drop);
      if (receiving === undefined)
        throw new MarginaliaError('no-such-drop', 'Nothing is being dropped under this name.');
      const { ending, writing } = receiving;
      const work = write(receiving, path, body).then(receiving.done);
      writing.add(work);
      try {
        await work;
      } catch (error) {
        ending.abort(error);
        throw explained(error);
      } finally {
        writing.delete(work);
      }
    },
    async remove(path) {
      // The folder with its title lies in one with the drop's name.
      const stored = dirname(path);
      if (dirname(stored) === root && !holdsAny(stored, labelled()))
        await rm(stored, { recursive: true, force: true });
    },
  };
}

async function write(
  { folder, ending, arrived }: Receiving,
  path: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<void> {
  const file = join(folder, ...partsOf(path));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const pieces = body ? Readable.fromWeb(body) : Readable.from([]);
  const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      arrived(piece.length);
      yield piece;
    }
  };
  // Never over a file that is there: two of one name would be one.
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await pipeline(pieces, counted, target, { signal: ending.signal });
}

/** @throws MarginaliaError `bad-path` where it would lead anywhere but below. */
function partsOf(path: string): string[] {
  const parts = path.split('/');
  const isName = (name: string): boolean =>
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    name.length <= MOST_NAME &&
    !/[\\\0:]/.test(name);
  if (parts.length <= 64 && parts.every(isName)) return parts;
  throw new MarginaliaError('bad-path', `“${path.slice(0, 200)}” is no name of a file.`);
}

/** A title as a file system takes it. */
const fileName = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N} ._+-]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(0, 80)
    .trim() || 'dropped';

/** What the disk says, in the user's words. */
function explained(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof MarginaliaError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MarginaliaError(
      'disk-full',
      'The disk is full: the dropped files could not be copied.',
      'Free some space, or open their folder from the list of folders.',
    );
  }
  return new MarginaliaError(
    'drop-failed',
    'The dropped files could not be copied.',
    'Drop them again, or open their folder from the list of folders.',
    { cause: error },
  );
}

const inGigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
