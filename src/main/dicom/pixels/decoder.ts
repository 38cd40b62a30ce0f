import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { StreamHeader } from './codestream.ts';

export interface DecodeRequest {
  readonly stream: Uint8Array;
  readonly header: StreamHeader;
}

const MAX_THREADS = Math.min(4, availableParallelism());
/** The largest frame takes some seconds on a slow machine; what takes longer is hanging. */
const TIME_LIMIT_MS = 60_000;
/** Idle threads keep some 50 MB; the next series starts them again in a fraction of a second. */
const IDLE_MS = 5_000;

/** Named with each task, not to the pool: there a thread that cannot start would leave its task waiting. */
const filename = new URL('./decode-worker.mjs', import.meta.url).href;
/** Cells of 8 or 16 bits, little endian, of a codestream. Idle threads let the process end. */
const threads = new Piscina<DecodeRequest, Uint8Array<ArrayBuffer>>({
  minThreads: 0,
  maxThreads: MAX_THREADS,
  idleTimeout: IDLE_MS,
  execArgv: [],
  recordTiming: false,
});
/** Before the pool's own queue, so that the time limit counts from when a thread is free. */
const waiting = new PQueue({ concurrency: MAX_THREADS });

/**
 * Decodes one codestream in a thread, which is ended when it takes too long or is no longer wanted.
 * @param what is decoded, for messages.
 * @throws MarginaliaError `corrupt-pixel-data`; the signal's reason when aborted.
 */
export function decodeStream(
  request: DecodeRequest,
  what: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return waiting.add(() => decodeNow(request, what, signal));
}

async function decodeNow(
  { stream, header }: DecodeRequest,
  what: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  // The file's bytes stay the caller's: a copy of this frame's goes over.
  const copy = stream.slice();
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  try {
    return await threads.run(
      { stream: copy, header },
      { filename, signal: AbortSignal.any([signal, limit]), transferList: [copy.buffer] },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) throw damaged(what, `no end after ${TIME_LIMIT_MS / 1000} s`);
    throw damaged(what, error instanceof Error ? error.message : String(error));
  }
}

function damaged(what: string, reason: string): MarginaliaError {
  return new MarginaliaError(
    'corrupt-pixel-data',
    `${what} could not be decoded: ${reason.trim()}.`,
    'The file is damaged, or compressed in an unusual way: export it again, uncompressed if possible.',
  );
}
