import { ref, type Ref } from 'vue';
import type { z } from 'zod';
import type { Progress as ProgressSchema } from '../../shared/contract/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';

export type Progress = z.infer<typeof ProgressSchema>;

/** One piece of long work at a time: how far it is, and how to stop it. */
export interface Work {
  readonly running: Ref<boolean>;
  readonly progress: Ref<Progress | null>;
  /**
   * Starts work, in place of what is still running.
   * @returns what the job gives; undefined where it was cancelled.
   */
  start<T>(
    job: (signal: AbortSignal, show: (progress: Progress) => void) => Promise<T>,
  ): Promise<T | undefined>;
  cancel(): void;
}

export function createWork(): Work {
  const running = ref(false);
  const progress = ref<Progress | null>(null);
  let abort: AbortController | undefined;
  return {
    running,
    progress,
    async start(job) {
      abort?.abort();
      const own = new AbortController();
      abort = own;
      running.value = true;
      progress.value = null;
      try {
        const result = await job(own.signal, (now) => {
          if (own === abort) progress.value = now;
        });
        return own.signal.aborted ? undefined : result;
      } catch (error) {
        if (own.signal.aborted || isCancelled(error)) return undefined;
        throw error;
      } finally {
        if (own === abort) {
          running.value = false;
          progress.value = null;
        }
      }
    },
    cancel: () => abort?.abort(),
  };
}

export const isCancelled = (error: unknown): boolean =>
  error instanceof MarginaliaError && error.code === 'cancelled';
