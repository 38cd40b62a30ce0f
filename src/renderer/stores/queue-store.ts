import { useDebounceFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { CallOutput } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { useAnnotation } from './annotation-store.ts';
import { useNotices } from './notices-store.ts';
import { useSuggestions } from './suggestions-store.ts';
import { useView } from './view-store.ts';

export type QueueEntry = CallOutput<'queue.next'>[number];
export type Region = QueueEntry['regions'][number];

const LENGTH = 50;

/** Which slices, and which places in them, are worth a look next. */
export const useQueue = defineStore('queue', () => {
  const read = shallowRef<readonly QueueEntry[]>([]);
  /** What was read, without what has been decided since. */
  const entries = computed(() => read.value.filter(isOpen));
  /** The region that was jumped to last. */
  const region = shallowRef<Region | null>(null);
  const loading = ref(false);
  let stack = '';

  async function load(id: string): Promise<void> {
    stack = id;
    region.value = null;
    await readAll();
  }

  async function readAll(): Promise<void> {
    if (stack === '') return;
    const on = stack;
    loading.value = true;
    const answer = await useNotices().guard(
      useBridge().call('queue.next', { stack: on, count: LENGTH }),
    );
    loading.value = false;
    if (answer && on === stack) read.value = answer;
  }

  /** After something was suggested or decided. */
  const refresh = useDebounceFn(readAll, 400, { maxWait: 3000 });
  watch(
    () => useSuggestions().summaries,
    () => void refresh(),
  );

  function clear(): void {
    stack = '';
    read.value = [];
    region.value = null;
  }

  /** Whether a label is suggested there that is not decided on, or was accepted without a look. */
  function isOpen({ index, why }: QueueEntry): boolean {
    const { labels, covered, unseen } = useAnnotation();
    if (why === 'accepted-unseen') return (unseen[index]?.length ?? 0) > 0;
    return labels.some(
      ({ id }) => useSuggestions().has(id, index) && !covered[index]?.includes(id),
    );
  }

  function goTo(entry: QueueEntry): void {
    region.value = null;
    const view = useView();
    const peak = entry.regions[0]?.peak;
    const [i, j] = peak ?? view.focus;
    view.focus = [Math.round(i), Math.round(j), entry.index];
  }

  /** To the most worthwhile slice after the present one, round and round. */
  function nextSlice(step: 1 | -1 = 1): void {
    const { slice } = useView();
    const at = entries.value.findIndex(({ index }) => index === slice);
    const count = entries.value.length;
    const next = at < 0 ? entries.value[0] : entries.value[(at + step + count) % count];
    if (next) goTo(next);
  }

  /** To the next place in doubt in this slice; after the last one, to the next slice. */
  function nextRegion(): void {
    const view = useView();
    const entry = entries.value.find(({ index }) => index === view.slice);
    const at = entry?.regions.indexOf(region.value as Region) ?? -1;
    const next = entry?.regions[at + 1];
    if (!next) return nextSlice();
    region.value = next;
    view.focus = [Math.round(next.peak[0]), Math.round(next.peak[1]), next.index];
  }

  return { entries, region, loading, load, refresh, clear, goTo, nextSlice, nextRegion };
});
