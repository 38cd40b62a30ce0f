import { createEventHook } from '@vueuse/core';
import { LRUCache } from 'lru-cache';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallOutput, StreamFrame } from '../../shared/contract/index.ts';
import { suggestedMap, type SuggestedMap } from '../../shared/suggested.ts';
import { useBridge } from '../bridge.ts';
import { doubtBySlice } from '../model/doubt.ts';
import { useAnnotation } from './annotation-store.ts';
import { useNotices } from './notices-store.ts';
import { createJob } from './job.ts';

export type Summary = CallOutput<'suggestions.list'>[number];
type Frame = Extract<StreamFrame<'suggestions.run'>, { kind: 'slice' }>;
/** Of one label in one slice, [rows, columns]: probabilities and entropies as bytes. */
export type Maps = Pick<
  Frame,
  'samplesUsed' | 'probability' | 'total' | 'aleatoric' | 'epistemic' | 'evidence' | 'planes'
>;

/** What is kept of every map: where it suggests the label, and what it rests on. */
interface Outline extends Pick<Summary, 'evidence' | 'planes'> {
  readonly map: SuggestedMap | null;
}

/** Memory for whole maps, the most recent ones; the others are read from the host when asked for. */
const MAP_BYTES = 128 * 2 ** 20;

const keyOf = (label: string, index: number): string => `${index}/${label}`;

/** Whether maps of a slice rest on the same decided slices and the same planes. */
const areAlike = (
  a: Pick<Summary, 'evidence' | 'planes'>,
  b: Pick<Summary, 'evidence' | 'planes'>,
): boolean => a.evidence?.id === b.evidence?.id && a.planes.join() === b.planes.join();

/** What the model suggests, apart from the labels until it is accepted. */
export const useSuggestions = defineStore('suggestions', () => {
  const stack = ref('');
  const summaries = shallowRef<ReadonlyMap<string, Summary>>(new Map());
  /** What the running job has been asked for. */
  const asked = shallowRef<{
    readonly slices: readonly [number, number];
    readonly labels: number;
  } | null>(null);
  const failure = shallowRef<unknown>(null);
  const maps = new LRUCache<string, Maps>({
    maxSize: MAP_BYTES,
    sizeCalculation: ({ probability }) => 4 * probability.length,
  });
  const outlines = new Map<string, Outline>();
  /** Whether the host is asked what is suggested now, which it may have to join anew. */
  const reading = ref(false);
  /** Whether maps are on their way in place of old ones, which are shown until then. */
  const renewing = ref(false);
  const job = createJob();
  /** A map came or went: label and slice; null for all. */
  const changed = createEventHook<{ readonly label: string; readonly index: number } | null>();

  /** Highest mean doubt of the labels in each slice, nats; 0 where nothing is suggested. */
  const doubt = computed(() => doubtBySlice([...summaries.value.values()]));
  const any = computed(() => summaries.value.size > 0);

  async function load(id: string): Promise<void> {
    job.cancel();
    stack.value = id;
    forget();
    await refresh();
    void changed.trigger(null);
  }

  function keep(label: string, index: number, held: Maps): void {
    const key = keyOf(label, index);
    maps.set(key, held);
    const { probability, evidence, planes } = held;
    outlines.set(key, { map: suggestedMap(probability, columns()), evidence, planes });
    void changed.trigger({ label, index });
  }
  const columns = (): number => useAnnotation().map?.size[0] ?? 1;

  function forget(): void {
    maps.clear();
    outlines.clear();
  }

  let reads = 0;
  /**
   * What the host has now: after slices were decided, joined with them. What is shown stays until the
   * new is there; what a running job brings meanwhile is kept.
   */
  async function refresh(): Promise<void> {
    const on = stack.value;
    if (on === '') return;
    const read = ++reads;
    const before = summaries.value;
    reading.value = true;
    try {
      const list = await useBridge().call('suggestions.list', { stack: on });
      if (read !== reads || on !== stack.value) return;
      const next = new Map(list.map((s) => [keyOf(s.label, s.index), s]));
      for (const [key, summary] of summaries.value) {
        if (!next.has(key) && before.get(key) !== summary) next.set(key, summary);
      }
      const isSame =
        next.size === before.size &&
        [...next].every(([key, summary]) => before.has(key) && areAlike(before.get(key)!, summary));
      summaries.value = next;
      for (const key of before.keys()) {
        if (next.has(key)) continue;
        maps.delete(key);
        outlines.delete(key);
      }
      if (!isSame) void changed.trigger(null);
    } finally {
      if (read === reads) reading.value = false;
    }
  }

  /** Whether maps are here, but of other planes, or joined with other slices, than those of now. */
  function isOld(label: string, index: number): boolean {
    const [held, now] = [outlines, summaries.value].map((all) => all.get(keyOf(label, index)));
    return held !== undefined && now !== undefined && !areAlike(held, now);
  }

  /** The maps of a slice as they are now: from the host where they are not here, or old. */
  async function fetch(label: string, index: number): Promise<Maps | null> {
    const key = keyOf(label, index);
    const held = maps.get(key);
    if (!summaries.value.has(key) || (held && !isOld(label, index))) return held ?? null;
    const on = stack.value;
    const fetched = await useBridge().call('suggestions.get', { stack: on, label, index });
    if (fetched && on === stack.value && maps.get(key) === held) keep(label, index, fetched);
    return fetched;
  }

  /** @param slices first and last, both included. @param focus the slice to begin with. */
  async function run(
    labels: readonly string[],
    slices: readonly [number, number],
    focus: number,
  ): Promise<void> {
    const on = stack.value;
    failure.value = null;
    asked.value = { slices, labels: labels.length };
    try {
      await job.start(async (signal, show) => {
        const input = {
          stack: on,
          labels: [...labels],
          slices: [...slices] as [number, number],
          focus,
        };
        await useBridge().stream(
          'suggestions.run',
          input,
          (frame) => {
            if (frame.kind === 'progress') return show(frame);
            if (on === stack.value) take(frame);
          },
          signal,
        );
      });
      if (on === stack.value) await refresh();
    } catch (error) {
      failure.value = error;
      useNotices().fail(error, [
        { title: 'Try again', run: () => void run(labels, slices, focus) },
      ]);
    }
  }

  function take(frame: Frame): void {
    const { label, index, samplesUsed, probability, total, aleatoric, epistemic, score } = frame;
    const { evidence, planes } = frame;
    const key = keyOf(label, index);
    keep(label, index, {
      samplesUsed,
      probability,
      total,
      aleatoric,
      epistemic,
      evidence,
      planes,
    });
    if (score === null) return;
    const next = new Map(summaries.value);
    next.set(key, { label, index, samplesUsed, score, doubt: frame.doubt ?? 0, evidence, planes });
    summaries.value = next;
  }

  /** Whether the running job has been asked for a slice. */
  const isComing = (index: number): boolean => {
    const [first, last] = asked.value?.slices ?? [0, -1];
    return job.running.value && first <= index && index <= last;
  };

  async function clear(): Promise<void> {
    job.cancel();
    await useBridge().call('suggestions.clear', { stack: stack.value });
    forget();
    summaries.value = new Map();
    void changed.trigger(null);
  }

  return {
    summaries,
    doubt,
    any,
    asked,
    failure,
    onChanged: changed.on,
    load,
    refresh,
    fetch,
    isOld,
    run,
    clear,
    isComing,
    reading,
    renewing,
    /** Undefined where its maps were never here; null where it is suggested nowhere in the slice. */
    outlineOf: (label: string, index: number) => outlines.get(keyOf(label, index))?.map,
    mapsOf: (label: string, index: number) => maps.get(keyOf(label, index)) ?? null,
    summaryOf: (label: string, index: number) => summaries.value.get(keyOf(label, index)),
    has: (label: string, index: number) => summaries.value.has(keyOf(label, index)),
    running: job.running,
    progress: job.progress,
    cancel: job.cancel,
  };
});
