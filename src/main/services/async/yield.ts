import { setImmediate } from 'node:timers/promises';

/** Lets timers, sockets and messages be served before long work goes on: the main loop serves the window. */
export const yieldToEventLoop = (): Promise<void> => setImmediate();

/** Voxels looked at before the event loop is yielded to: about a millisecond. */
const CHUNK = 2 ** 20;

/** Works through a long array chunk by chunk, yielding to the event loop after each. */
export async function inChunks(
  length: number,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < length; from += CHUNK) {
    work(from, Math.min(length, from + CHUNK));
    await yieldToEventLoop();
  }
}
