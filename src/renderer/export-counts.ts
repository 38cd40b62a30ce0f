import { useDebounceFn } from '@vueuse/core';
import { shallowRef, watch, type ShallowRef } from 'vue';
import type { StreamOutput } from '../shared/contract/index.ts';
import { MarginaliaError } from '../shared/errors.ts';
import { useBridge } from './bridge.ts';
import { useAnnotation } from './stores/annotation-store.ts';
import { createJob } from './stores/job.ts';
import { useNotices } from './stores/notices-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';

export type ExportCounts = StreamOutput<'export.count'>;

/** The host counts again once nothing has changed for so long. */
const QUIET_MS = 400;

/**
 * What an export with suggestions of the opened series would hold, as the host counts it while it is
 * asked for, and again after a change.
 * @returns null until it is counted; without the volume of suggestions until that is measured.
 */
export function useExportCounts(
  isWanted: () => boolean,
): Readonly<ShallowRef<ExportCounts | null>> {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  const counts = shallowRef<ExportCounts | null>(null);
  const job = createJob();

  async function count(): Promise<void> {
    const { stack } = annotation;
    const take = (counted: ExportCounts): void => {
      if (stack === annotation.stack) counts.value = counted;
    };
    try {
      const whole = await job.start((signal) =>
        useBridge().stream('export.count', { stack }, (frame) => take(frame.counts), signal),
      );
      if (whole) take(whole);
    } catch (error) {
      // Something was decided or suggested meanwhile: it is counted again.
      if (!(error instanceof MarginaliaError) || !CHANGED.has(error.code)) useNotices().fail(error);
    }
  }

  const recount = useDebounceFn(() => (isWanted() ? count() : undefined), QUIET_MS);
  watch(
    () => isWanted() && annotation.stack,
    (stack) => {
      counts.value = null;
      if (stack) void count();
      else job.cancel();
    },
    { immediate: true },
  );
  watch(
    () => [annotation.review, annotation.labels, annotation.unsaved, suggestions.summaries],
    () => isWanted() && void recount(),
  );
  return counts;
}

const CHANGED = new Set(['labels-changed', 'suggestions-changed']);
