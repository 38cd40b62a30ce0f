import { useDebounceFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { MAX_ENTROPY } from '../../shared/uncertainty.ts';
import {
  acceptTogether,
  composeSlice,
  gainOf,
  isCurrent,
  type ComposedSlice,
} from '../bulk-accept.ts';
import { samplesOf, selectSlices, upTo, type BulkSlice, type Candidate } from '../model/bulk.ts';
import { count } from '../model/format.ts';
import { isRevealed, isShown, suggestibleOn } from '../shown-suggestions.ts';
import { useAnnotation } from './annotation-store.ts';
import { useBlink } from './blink-store.ts';
import { createJob } from './job.ts';
import { useNotices } from './notices-store.ts';
import { useQueue } from './queue-store.ts';
import { useSuggestions } from './suggestions-store.ts';
import { useView } from './view-store.ts';
import { useVolume } from './volume-store.ts';

/** Slices that are composed between two looks at what the user does meanwhile. */
const BATCH = 8;

/** Accepting many slices without a look at each: what is chosen, what it comes to, and doing it. */
export const useBulk = defineStore('bulk', () => {
  const annotation = useAnnotation();
  const suggestions = useSuggestions();
  const volume = useVolume();
  const view = useView();

  /** Ids of labels that the user has left out. */
  const leftOut = ref<readonly string[]>([]);
  /** First and last slice, both included; null: all of them. */
  const range = ref<readonly [number, number] | null>(null);
  /** Nats; null: whatever the doubt. */
  const limit = ref<number | null>(null);
  /** Slices of the selection as they will be; null while they are being composed. */
  const composed = shallowRef<readonly ComposedSlice[] | null>(null);
  /** Other slices are looked at with each. */
  const draw = ref(0);
  const job = createJob();
  const isOpen = computed(() => view.dialog === 'bulk');

  const suggestedLabels = computed(
    () => new Set([...suggestions.summaries.values()].map(({ label }) => label)),
  );
  /** Labels that can be accepted: shown, suggested somewhere, and not locked. */
  const choices = computed(() =>
    annotation.labels.filter((label) => suggestedLabels.value.has(label.id) && isShown(label)),
  );
  /** Labels that are suggested and not on the screen: they are left alone. */
  const notShown = computed(() =>
    annotation.labels.filter((label) => suggestedLabels.value.has(label.id) && !isShown(label)),
  );
  const labels = computed(() =>
    choices.value.filter(({ id, locked }) => !locked && !leftOut.value.includes(id)),
  );

  const sliceOf = (index: number): BulkSlice => ({
    state: annotation.review[index] ?? 'unseen',
    isInView: view.slice === index,
    covered: annotation.covered[index] ?? [],
    hidden: !isRevealed(index),
    suggested: new Map(
      suggestibleOn(index).map(({ id }) => [id, suggestions.summaryOf(id, index)!.doubt]),
    ),
  });
  const slices = computed((): readonly [number, number] => range.value ?? [0, volume.slices - 1]);
  /** Whatever the doubt: the one pass over all slices. */
  const selectable = computed(() =>
    selectSlices({ labels: labels.value.map(({ id }) => id), slices: slices.value }, sliceOf),
  );
  const selection = computed(() => upTo(limit.value ?? Infinity, selectable.value));
  /** Mean doubt of the chosen labels by slice, the largest of them, nats. */
  const doubt = computed(
    () => new Map(selectable.value.taken.map((slice) => [slice.index, slice.doubt])),
  );
  const most = computed(() => Math.min(MAX_ENTROPY, Math.max(0, ...doubt.value.values())));

  const samples = computed(() => {
    void draw.value;
    return samplesOf(selection.value.taken, Math.random);
  });

  /** Voxels that each label gains, by its id. */
  const gained = computed((): ReadonlyMap<string, number> => {
    const gain = gainOf(composed.value ?? []);
    return new Map(labels.value.map(({ id, value }) => [id, gain.get(value) ?? 0]));
  });

  /** Why nothing can be accepted, and what to do about it. */
  const refusal = computed(() => {
    if (suggestions.summaries.size === 0) return 'Nothing is suggested. Suggest the series first.';
    if (!view.suggestions) return 'Suggestions are hidden. Show them, to accept what is seen.';
    if (Array.from({ length: volume.slices }, (_, k) => k).every((k) => !isRevealed(k)))
      return volume.inWords(
        'Suggestions stay hidden until a slice is decided: “Annotate first” is on in the settings.',
      );
    if (choices.value.length === 0)
      return view.solo
        ? `Only “${annotation.active?.name ?? ''}” is shown, and it is not suggested. Show the others.`
        : 'The labels that are suggested are all hidden.';
    if (labels.value.length === 0)
      return choices.value.every(({ locked }) => locked)
        ? 'The labels that are suggested are locked.'
        : 'Choose a label.';
    return '';
  });

  async function compose(): Promise<void> {
    composed.value = null;
    // Of what the host has yet to say, the page does not know all.
    if (annotation.unsaved > 0) return;
    const { taken } = selection.value;
    const result = await useNotices().guard(
      job.start(async (signal, show) => {
        const done: ComposedSlice[] = [];
        for (const candidate of taken) {
          if (done.length % BATCH === 0) {
            await new Promise((resolve) => setTimeout(resolve));
            signal.throwIfAborted();
            const text = `Counted ${done.length} of ${count(taken.length, 'slice')}`;
            show({ kind: 'progress', text, done: done.length / taken.length, secondsLeft: null });
          }
          const slice = await composeSlice(candidate);
          if (slice) done.push(slice);
        }
        signal.throwIfAborted();
        return done;
      }),
    );
    if (result?.every(isCurrent)) composed.value = result;
    else if (result) renew();
  }

  const isSame = (a: readonly Candidate[], b: readonly Candidate[]): boolean =>
    JSON.stringify(a) === JSON.stringify(b);
  /** What was composed holds no more: it is composed anew while somebody looks. */
  const again = useDebounceFn(() => isOpen.value && void compose(), 100);
  function renew(): void {
    composed.value = null;
    job.cancel();
    if (isOpen.value) void again();
  }
  watch(isOpen, (now) => {
    if (now) {
      useBlink().end();
      range.value = view.range;
    }
    renew();
  });
  // Counted only while somebody looks: it goes over all slices.
  watch(
    () => (isOpen.value ? selection.value.taken : null),
    (now, before) => now && before && !isSame(now, before) && renew(),
  );
  watch(
    () => [annotation.labels, annotation.unsaved === 0],
    () => isOpen.value && renew(),
  );
  annotation.onChanged(() => isOpen.value && renew());
  suggestions.onChanged(() => {
    if (isOpen.value && composed.value?.every(isCurrent) === false) renew();
  });

  /** Accepts what is shown, as one step. */
  async function accept(): Promise<void> {
    const ready = composed.value;
    if (!ready || ready.length === 0) return;
    if (!ready.every(isCurrent)) return renew();
    view.dialog = null;
    await acceptTogether(ready, `Accept ${count(ready.length, 'slice')} unseen`);
    void useQueue().refresh();
  }

  return {
    leftOut,
    range,
    limit,
    choices,
    notShown,
    labels,
    selection,
    slices,
    doubt,
    most,
    samples,
    drawOthers: () => void draw.value++,
    composed,
    gained,
    refusal,
    progress: job.progress,
    accept,
  };
});
