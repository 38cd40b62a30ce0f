import type { z } from 'zod';
import type * as contract from './entities.ts';

export type Progress = z.infer<typeof contract.Progress>;

/**
 * A frame of a stream that says how far it is.
 * @param done 0 … 1; null where it is not known.
 * @param left seconds, null where they are not known.
 */
export const progressFrame = (
  text: string,
  done: number | null = null,
  left: number | null = null,
): Progress => ({ kind: 'progress', text, done, secondsLeft: left });

/**
 * Seconds that the rest of `all` takes if it goes on as it went; null before anything is done.
 * @param seconds that the first `done` took.
 */
export const secondsLeft = (seconds: number, done: number, all: number): number | null =>
  done > 0 ? (seconds / done) * (all - done) : null;
