import { useThrottleFn } from '@vueuse/core';
import { ref, type Ref } from 'vue';
import type { Progress } from '../../shared/contract/progress.ts';
import { MarginaliaError } from '../../shared/errors.ts';

/** Long work, one piece at a time: how far it is, and how to stop it. */
export interface Job {
  readonly running: Ref<boolean>;
  readonly progress: Ref<Progress | null>;
  /**
   * Starts work; what is still running is cancelled.
   * @returns what the work returns; undefined where it was cancelled.
   */
  start<T>(
    work: (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<T>,
  ): Promise<T | undefined>;
  cancel(): void;
}

/** Between two reports that are shown, ms: a message for each file would have the page drawn without pause. */
const SHOWN_EVERY = 200;

export function createJob(): Job {
  const running = ref(false);
  const progress = ref<Progress | null>(null);
  let abort: AbortController | undefined;
  const report = useThrottleFn(
    (of: AbortController, now: Progress) => {
      if (of === abort && running.value) progress.value = now;
    },
    SHOWN_EVERY,
    true,
  );
  return {
    running,
    progress,
    async start(work) {
      abort?.abort();
      const controller = new AbortController();
      abort = controller;
      running.value = true;
      progress.value = null;
      try {
        const result = await work(controller.signal, (now) => void report(controller, now));
        return controller.signal.aborted ? undefined : result;
      } catch (error) {
        if (controller.signal.aborted || isCancelled(error)) return undefined;
        throw error;
      } finally {
        if (controller === abort) {
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
