import { useIntervalFn, usePreferredReducedMotion } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { hasChanged, onRedrawn } from '../shown-suggestions.ts';
import { useAnnotation } from './annotation-store.ts';
import { useNotices } from './notices-store.ts';
import { useView } from './view-store.ts';

/** How long each of before and now is seen, ms. */
const PERIOD = 800;

/**
 * Shows what was suggested before in place of what is suggested now, by turns, so that the eye finds what
 * decided slices changed. Who wants less motion turns by the key. Every change of labels or decisions ends
 * it: what is worked on is what is suggested now.
 */
export const useBlink = defineStore('blink', () => {
  const annotation = useAnnotation();
  const view = useView();
  /** What the views show; null while nothing blinks. */
  const shows = ref<'before' | 'now' | null>(null);
  const motion = usePreferredReducedMotion();
  const alternation = useIntervalFn(
    () => (shows.value = shows.value === 'before' ? 'now' : 'before'),
    PERIOD,
    { immediate: false },
  );

  function end(): void {
    alternation.pause();
    shows.value = null;
  }

  function begin(): void {
    changes.clear();
    if (nearestChange() === null) {
      useNotices().add({
        level: 'info',
        message: 'Nothing that is suggested has changed.',
        hint: 'Once slices are accepted or corrected, the suggestions of others follow them; this key then shows them before and now.',
      });
      return;
    }
    view.suggestions = true;
    shows.value = 'before';
    if (motion.value !== 'reduce') alternation.resume();
  }

  /** Of slices that were looked at for changes, whether they have some; for as long as it blinks. */
  const changes = new Map<number, boolean>();
  function isChanged(slice: number): boolean {
    if (!changes.has(slice)) changes.set(slice, hasChanged(slice));
    return changes.get(slice)!;
  }
  onRedrawn((slice) => changes.delete(slice));

  /** The slice nearest to the one in view of which something else is drawn than before; null: none. */
  function nearestChange(): number | null {
    const slices = annotation.review.map((_, slice) => slice);
    const away = (slice: number): number => Math.abs(slice - view.slice);
    return slices.sort((a, b) => away(a) - away(b)).find(isChanged) ?? null;
  }
  const isOn = computed(() => shows.value !== null);
  /** Where the slice in view is unchanged, the nearest one that is not. */
  const elsewhere = computed(() => {
    if (!isOn.value) return null;
    const nearest = nearestChange();
    return nearest === view.slice ? null : nearest;
  });

  annotation.onChanged(end);
  watch(() => [annotation.map, annotation.review], end, { flush: 'sync' });

  return { shows, elsewhere, toggle: () => (shows.value === null ? begin() : end()), end };
});
