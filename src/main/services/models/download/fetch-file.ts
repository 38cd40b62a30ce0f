import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../../shared/errors.ts';
import { fileDigest } from '../../../engine/bundle/bundle.ts';
import { explainFileError } from '../../../engine/bundle/file-errors.ts';
import { requireSpace } from '../../../engine/bundle/new-folder.ts';
import { ask, type Reply } from './http.ts';
import { refuseStatus, remoteFile, type RemoteFile } from './remote-file.ts';

export interface FetchOptions {
  readonly url: string;
  /** File to make; what has arrived waits beside it until the rest has. */
  readonly to: string;
  /** In messages: “BUSI (25 %)”. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Calls `expired` once nothing came for too long; returns what ends the wait. */
  readonly waitForMore?: (expired: () => void) => () => void;
}

export interface FetchProgress {
  readonly bytes: number;
  /** Null where the server does not say. */
  readonly of: number | null;
  /** All has arrived, and is compared with the server's hash. */
  readonly checking: boolean;
}

export interface FetchedFile {
  readonly bytes: number;
  readonly sha256: string;
  /** Whether the server named a hash, which this is. */
  readonly compared: boolean;
}

/** What a part that waits for its rest is of. */
const Part = z.object({
  url: z.string(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  etag: z.string().nullable(),
});

/** Files that this process fetches. */
const busy = new Set<string>();

/** A connection that sends nothing for so long has ended, whatever it says. */
const SILENCE_MS = 60_000;
const waitForMoment = (expired: () => void): (() => void) => {
  const timer = setTimeout(expired, SILENCE_MS);
  return () => clearTimeout(timer);
};

/**
 * Fetches a file whole, or leaves what has arrived beside it for the next try. A connection that breaks
 * is made again as long as each brings something. The file appears under its name once its size and,
 * where the server names one, its sha256 are right; what is wrong is deleted.
 * @throws MarginaliaError `download-incomplete`, `download-corrupt`, `output-busy`, `no-space`,
 *   `file-not-accessible`, `cancelled`, and as `ask` and `refuseStatus`.
 */
export async function fetchFile(options: FetchOptions): Promise<FetchedFile> {
  const { to, what } = options;
  if (busy.has(to)) {
    throw new MarginaliaError(
      'output-busy',
      `${what} is being downloaded already.`,
      'Wait until that is done, or cancel it.',
    );
  }
  busy.add(to);
  try {
    mkdirSync(dirname(to), { recursive: true });
    const remote = await fetchAll(options);
    return await takeIn(options, remote);
  } catch (error) {
    if (options.signal.aborted) throw cancelled(what);
    throw explainFileError(error, `${to} cannot be written`);
  } finally {
    busy.delete(to);
  }
}

const cancelled = (what: string): MarginaliaError =>
  new MarginaliaError(
    'cancelled',
    `The download of ${what} was cancelled.`,
    'What has arrived is kept: start it again to go on from there.',
  );

const partOf = (to: string): string => `${to}.part`;
const notesOf = (to: string): string => `${to}.part.json`;

/** Bytes that have arrived. */
const arrived = (to: string): number => statSync(partOf(to), { throwIfNoEntry: false })?.size ?? 0;

async function fetchAll(options: FetchOptions): Promise<RemoteFile> {
  const { to, url, what } = options;
  for (;;) {
    const before = arrived(to);
    const outcome = await fetchRest(options);
    if (outcome === 'does not fit') {
      forgetPart(to);
      if (before > 0) continue;
      throw new MarginaliaError(
        'server-failed',
        `${new URL(url).host} does not send ${what} from its beginning.`,
        'Try again later, or set another mirror.',
      );
    }
    const { remote, broken } = outcome;
    const now = arrived(to);
    const isAll = remote.bytes === null ? broken === undefined : now >= remote.bytes;
    if (isAll) return remote;
    if (now <= before) throw incomplete(options, now, remote.bytes, broken);
  }
}

/**
 * One connection: from where the part ends, or from the beginning where there is none.
 * @returns what broke the connection, if anything did; or that the part is none of the file that the
 *   server has now.
 */
async function fetchRest(
  options: FetchOptions,
): Promise<{ readonly remote: RemoteFile; readonly broken?: unknown } | 'does not fit'> {
  const { url, to, what, signal } = options;
  const kept = readNotes(to, url);
  const have = kept === null ? 0 : arrived(to);
  if (kept !== null && kept.bytes === have) return { remote: kept };
  const silence = new AbortController();
  const reply = await ask(
    'GET',
    url,
    restOf(kept, have),
    AbortSignal.any([signal, silence.signal]),
  );
  try {
    if (reply.status === 416) return 'does not fit';
    refuseStatus(reply, what);
    const remote = remoteFile(reply);
    const isRest = reply.status === 206;
    if (isRest && !(startsAt(reply, have) && isSame(kept, remote))) return 'does not fit';
    const from = isRest ? have : 0;
    if (remote.bytes !== null) requireSpace(dirname(to), what, remote.bytes - from);
    writeFileSync(notesOf(to), JSON.stringify({ url, ...remote }));
    const broken = await append(reply, from, remote, options, silence);
    return { remote, broken };
  } finally {
    await reply.cancel();
  }
}

/** Asks for the rest of a file that is known again, by its etag or, at last, by its sha256. */
function restOf(kept: RemoteFile | null, have: number): Record<string, string> {
  if (kept === null || have === 0 || (kept.etag === null && kept.sha256 === null)) return {};
  return { range: `bytes=${have}-`, ...(kept.etag !== null && { 'if-range': kept.etag }) };
}

function forgetPart(to: string): void {
  rmSync(notesOf(to), { force: true });
  rmSync(partOf(to), { force: true });
}

const startsAt = (reply: Reply, from: number): boolean =>
  reply.header('content-range')?.startsWith(`bytes ${from}-`) ?? false;

const isSame = (kept: RemoteFile | null, now: RemoteFile): boolean =>
  kept !== null &&
  kept.bytes === now.bytes &&
  (kept.sha256 === null ? kept.etag === now.etag : kept.sha256 === now.sha256);

/** @returns what broke the connection; undefined where the server says that this was all. */
async function append(
  reply: Reply,
  from: number,
  remote: RemoteFile,
  { to, signal, onProgress, waitForMore = waitForMoment }: FetchOptions,
  silence: AbortController,
): Promise<unknown> {
  const file = await open(partOf(to), from > 0 ? 'r+' : 'w');
  let at = from;
  const wait = (): (() => void) => waitForMore(() => silence.abort());
  let stop = wait();
  try {
    const pieces = reply.body[Symbol.asyncIterator]();
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await pieces.next();
      } catch (error) {
        signal.throwIfAborted();
        return silence.signal.aborted ? silence.signal.reason : error;
      } finally {
        stop();
      }
      if (next.done) return undefined;
      await file.write(next.value, 0, next.value.length, at);
      at += next.value.length;
      onProgress?.({ bytes: at, of: remote.bytes, checking: false });
      stop = wait();
    }
  } finally {
    await file.sync().catch(() => undefined);
    await file.close();
  }
}

function readNotes(to: string, url: string): RemoteFile | null {
  if (!existsSync(notesOf(to)) || !existsSync(partOf(to))) return null;
  try {
    const { url: of, ...remote } = Part.parse(JSON.parse(readFileSync(notesOf(to), 'utf8')));
    return of === url ? remote : null;
  } catch {
    return null;
  }
}

/** Gives what has arrived its name, or deletes what is another file than the server says. */
async function takeIn(options: FetchOptions, remote: RemoteFile): Promise<FetchedFile> {
  const { to, what, signal, onProgress } = options;
  const bytes = arrived(to);
  onProgress?.({ bytes, of: bytes, checking: true });
  const { sha256 } = await fileDigest(partOf(to));
  signal.throwIfAborted();
  const isRight =
    remote.sha256 === null ? bytes === (remote.bytes ?? bytes) : sha256 === remote.sha256;
  if (!isRight) {
    forgetPart(to);
    throw new MarginaliaError(
      'download-corrupt',
      `${what} arrived damaged: its sha256 is ${sha256.slice(0, 12)}…${remote.sha256 === null ? '' : ` instead of ${remote.sha256.slice(0, 12)}…`}. It was deleted.`,
      'Download it again; if it happens again, set another mirror.',
    );
  }
  renameSync(partOf(to), to);
  rmSync(notesOf(to), { force: true });
  return { bytes, sha256, compared: remote.sha256 !== null };
}

function incomplete(
  { what, to }: FetchOptions,
  have: number,
  of: number | null,
  broken: unknown,
): MarginaliaError {
  const percent = of === null || of === 0 ? null : Math.floor((100 * have) / of);
  const where = percent === null ? '' : ` at ${percent} %`;
  return new MarginaliaError(
    'download-incomplete',
    `The download of ${what} ended${where}: ${broken === undefined ? 'the server sent no more' : 'the connection broke'}.`,
    `Start it again: it goes on from there (${basename(partOf(to))} holds what has arrived).`,
    { cause: broken },
  );
}
