import { createEventHook, useThrottleFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { shallowRef, triggerRef, watch } from 'vue';
import { createSuggestedVolume, type SuggestedVolume } from '../model/suggested-volume.ts';
import { drawnSuggestion, isAwaitedOf, isShown, onRedrawn } from '../shown-suggestions.ts';
import { useAnnotation } from './annotation-store.ts';
import { useSuggestions } from './suggestions-store.ts';

/** Between two times that changes are counted, ms. */
const EVERY = 250;
/** ms of counting, after which the page may do other work. */
const COUNTING = 6;

/**
 * What is suggested in the volume and has no label, as the views draw it: for figures and surfaces,
 * which follow the views a little later.
 */
export const useSuggestedVolume = defineStore('suggestedVolume', () => {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  /** Triggered whenever its figures change. */
  const volume = shallowRef<SuggestedVolume | null>(null);
  /** Ids of labels of which the host has more than is counted. */
  const awaited = shallowRef<ReadonlySet<string>>(new Set());
  /** Slices in which something else is suggested, or another part of it has labels. */
  const changed = createEventHook<readonly number[]>();
  const stale = new Set<number>();

  const updateSoon = useThrottleFn(update, EVERY, true, false);
  function update(): void {
    const now = volume.value;
    if (!now) return;
    const end = performance.now() + COUNTING;
    const counted: number[] = [];
    for (const slice of stale) {
      stale.delete(slice);
      counted.push(...now.update([slice]));
      if (performance.now() > end) break;
    }
    if (counted.length > 0) {
      triggerRef(volume);
      void changed.trigger(counted);
    }
    if (stale.size > 0) return void setTimeout(update);
    const shown = annotation.labels.filter(isShown);
    awaited.value = new Set(shown.filter(({ id }) => isAwaitedOf(id)).map(({ id }) => id));
  }

  function outdate(slice: number): void {
    if (!volume.value) return;
    stale.add(slice);
    void updateSoon();
  }
  onRedrawn(outdate);
  annotation.onChanged((slices) => {
    for (const slice of slices) {
      volume.value?.relabelled(slice);
      outdate(slice);
    }
  });
  watch(
    () => annotation.map,
    (map) => {
      stale.clear();
      volume.value = map && createSuggestedVolume(map.size, map.data, drawnSuggestion);
      for (let slice = 0; slice < (map?.size[2] ?? 0); slice++) outdate(slice);
    },
    { flush: 'sync', immediate: true },
  );

  return {
    volume,
    onChanged: changed.on,
    /** Whether the figure of a label is what there is so far: maps of it are on their way. */
    isPartial: (label: string) => suggestions.running || awaited.value.has(label),
  };
});
