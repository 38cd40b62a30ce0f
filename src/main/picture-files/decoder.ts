import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Channels } from '../../shared/image/index.ts';
import type { PictureFormat } from './format.ts';
import type { Page, PageHeader, PageRange } from './thread/page.ts';

/*
 * libvips (wasm-vips 0.0.19) decodes PNG, JPEG and TIFF. Measured on 1602 pictures of BUSI and Kvasir-SEG and
 * on drawn ones of every kind: equal to OpenCV 4.6 (libjpeg-turbo, libpng, libtiff) in every bit, also where
 * a TIFF holds JPEG or fax, by one library of 5 MB that is WebAssembly and stays in its memory. 2.8 ms for a
 * JPEG of 352 × 352 on one thread, where OpenCV, which has SIMD, takes 1. Others: libjpeg-turbo as
 * @cornerstonejs/codec-libjpeg-turbo-8bit has it is as exact and twice as fast, but knows no CMYK and only
 * JPEG; pngjs 7 takes 2.4 ms for a PNG where libvips takes 1.9, in the thread that asks; utif 3.1 and tiff 7.1
 * read neither bits nor JPEG as libtiff does; sharp is libvips as native code, where a damaged file could end
 * the process; @itk-wasm/image-io 1.6 takes 30 ms for the same JPEG.
 */

export interface PictureRequest {
  /** A whole file. */
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
  /** To decode; null asks for headers. */
  readonly pages: PageRange | null;
  readonly channels: Channels;
}

/** A thread keeps some 100 MB, what it decodes on top. */
const MAX_THREADS = Math.min(4, availableParallelism());
/** The largest picture takes some seconds on a slow machine; what takes longer is hanging. */
const TIME_LIMIT_MS = 60_000;
const IDLE_MS = 5_000;

/** As many files are worth being read at once, so that no thread waits for the next. */
export const FILES_AT_ONCE = MAX_THREADS + 1;

/** Named with each task, not to the pool: there a thread that cannot start would leave its task waiting. */
const filename = new URL('./picture-worker.mjs', import.meta.url).href;
/** Idle threads let the process end. */
const threads = new Piscina<PictureRequest, unknown>({
  minThreads: 0,
  maxThreads: MAX_THREADS,
  idleTimeout: IDLE_MS,
  execArgv: [],
  recordTiming: false,
});
/** Before the pool's own queue, so that the time limit counts from when a thread is free. */
const waiting = new PQueue({ concurrency: MAX_THREADS });

/**
 * What the pictures of a file are, without decoding them.
 * @throws MarginaliaError `corrupt-picture`; the signal's reason when aborted.
 */
export async function readHeaders(
  bytes: Uint8Array,
  format: PictureFormat,
  name: string,
  signal?: AbortSignal,
): Promise<readonly PageHeader[]> {
  const request: PictureRequest = { bytes, format, pages: null, channels: 1 };
  return (await run(request, name, signal)) as PageHeader[];
}

/**
 * Decodes pages of a file.
 * @param name of the file, for messages.
 * @throws as `readHeaders`.
 */
export async function decodePages(
  request: PictureRequest,
  name: string,
  signal?: AbortSignal,
): Promise<readonly Page[]> {
  return (await run(request, name, signal)) as Page[];
}

/** A thread at work is not ended when nobody waits for it any more: starting it takes longer than a picture. */
async function run(request: PictureRequest, name: string, signal?: AbortSignal): Promise<unknown> {
  return waiting.add(async () => {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(TIME_LIMIT_MS);
    try {
      const answer = await threads.run(request, { filename, signal: limit });
      signal?.throwIfAborted();
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      const seconds = TIME_LIMIT_MS / 1000;
      const reason = error instanceof Error ? error.message : String(error);
      throw damaged(name, limit.aborted ? `there was no end after ${seconds} s` : reason);
    }
  });
}

const damaged = (name: string, reason: string): MarginaliaError =>
  new MarginaliaError(
    'corrupt-picture',
    `${name} cannot be decoded: ${reason.trim()}.`,
    'Copy or export it again from its source, or take it out of the folder: the others open then.',
  );
