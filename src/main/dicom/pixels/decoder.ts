import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { StreamHeader } from './codestream.ts';

export interface DecodeRequest {
  readonly stream: Uint8Array;
  readonly header: StreamHeader;
}

/** Cells of 8 or 16 bits, little endian, or what the codec said. */
export type DecodeReply = { readonly cells: Uint8Array<ArrayBuffer> } | { readonly error: string };

interface Job {
  readonly request: DecodeRequest;
  /** What is decoded, for messages. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly resolve: (cells: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

const MAX_WORKERS = Math.min(4, availableParallelism());
/** The largest frame takes some seconds on a slow machine; what takes longer is hanging. */
const TIME_LIMIT_MS = 60_000;
/** Idle threads keep some 50 MB; the next series starts them again in a fraction of a second. */
const IDLE_MS = 5_000;

const queue: Job[] = [];
const idle = new Map<Worker, NodeJS.Timeout>();
let busy = 0;

/**
 * Decodes one codestream in a thread of its own, which is killed when it takes too long, fails or
 * is no longer wanted. Idle threads do not keep the process alive.
 * @throws MarginaliaError `corrupt-pixel-data`; the signal's reason when aborted.
 */
export function decodeStream(
  request: DecodeRequest,
  what: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    queue.push({ request, what, signal, resolve, reject });
    startNext();
  });
}

function startNext(): void {
  while (busy < MAX_WORKERS) {
    const job = queue.shift();
    if (job === undefined) return;
    if (job.signal.aborted) job.reject(job.signal.reason);
    else run(job, takeWorker());
  }
}

function run({ request, what, signal, resolve, reject }: Job, worker: Worker): void {
  busy += 1;
  const finish = (settle: () => void, healthy: boolean): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
    busy -= 1;
    if (healthy) park(worker);
    else discard(worker);
    settle();
    startNext();
  };
  const fail = (reason: string): void => finish(() => reject(damaged(what, reason)), false);
  const onAbort = (): void => finish(() => reject(signal.reason), false);
  const timer = setTimeout(() => fail(`no end after ${TIME_LIMIT_MS / 1000} s`), TIME_LIMIT_MS);
  signal.addEventListener('abort', onAbort);
  const listeners = {
    message(reply: DecodeReply): void {
      // A codec that failed may have left its memory in disorder: the next frame gets a new one.
      if ('error' in reply) fail(reply.error);
      else finish(() => resolve(reply.cells), true);
    },
    error: (error: Error): void => fail(`the decoder stopped (${error.message})`),
    exit: (code: number): void => fail(`the decoder stopped (code ${code})`),
  };
  for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
  // The file's bytes stay the caller's: a copy of this frame's goes over.
  const stream = request.stream.slice();
  worker.postMessage({ stream, header: request.header } satisfies DecodeRequest, [stream.buffer]);
}

function takeWorker(): Worker {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  return new Worker(new URL('./decode-worker.mjs', import.meta.url), { execArgv: [] });
}

function park(worker: Worker): void {
  worker.unref();
  const timer = setTimeout(() => {
    idle.delete(worker);
    discard(worker);
  }, IDLE_MS).unref();
  idle.set(worker, timer);
}

function discard(worker: Worker): void {
  // Whatever it still says is of no interest.
  worker.on('error', () => undefined);
  void worker.terminate();
}

function damaged(what: string, reason: string): MarginaliaError {
  return new MarginaliaError(
    'corrupt-pixel-data',
    `${what} could not be decoded: ${reason.trim()}.`,
    'The file is damaged, or compressed in an unusual way: export it again, uncompressed if possible.',
  );
}
