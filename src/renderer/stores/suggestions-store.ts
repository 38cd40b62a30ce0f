import { createEventHook } from '@vueuse/core';
import { LRUCache } from 'lru-cache';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallOutput, StreamFrame } from '../../shared/contract/index.ts';
import { isSameMap, sizeOfMap, suggestedMap, type SuggestedMap } from '../../shared/suggested.ts';
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
  /** False for what is still being refined. */
  readonly final: boolean;
}

/** Labels, by their ids, to be suggested on slices from a first to a last one. */
interface Request {
  readonly labels: readonly string[];
  /** First and last slice, both included. */
  readonly slices: readonly [number, number];
  /** The slice to begin with. */
  readonly focus: number;
}

interface Before {
  readonly map: SuggestedMap | null;
}

/** Memory for whole maps, the most recent ones; the others are read from the host when asked for. */
const MAP_BYTES = 64 * 2 ** 20;
/** Memory for what was suggested before it followed other slices, or another version of the model. */
const BEFORE_BYTES = 64 * 2 ** 20;

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
  /** What was asked for last; null where it was stopped. */
  const asked = shallowRef<Request | null>(null);
  const failure = shallowRef<unknown>(null);
  const maps = new LRUCache<string, Maps>({
    maxSize: MAP_BYTES,
    sizeCalculation: ({ probability }) => 4 * probability.length,
  });
  const outlines = new Map<string, Outline>();
  const before = new LRUCache<string, Before>({
    maxSize: BEFORE_BYTES,
    sizeCalculation: ({ map }) => 64 + (map ? sizeOfMap(map) : 0),
  });
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
    if (id === stack.value) for (const key of outlines.keys()) rememberBefore(key);
    else before.clear();
    stack.value = id;
    forget();
    await refresh();
    void changed.trigger(null);
  }

  function keep(label: string, index: number, held: Maps, final: boolean): void {
    maps.set(keyOf(label, index), held);
    keepOutline(label, index, held, final);
  }
  function keepOutline(
    label: string,
    index: number,
    { probability, evidence, planes }: Pick<Maps, 'probability' | 'evidence' | 'planes'>,
    final: boolean,
  ): void {
    const key = keyOf(label, index);
    const last = outlines.get(key);
    const fresh = suggestedMap(probability);
    // The same object for as long as it says the same: nothing is drawn or counted anew then.
    const map = last && isSameMap(last.map, fresh) ? last.map : fresh;
    if (last && !areAlike(last, { evidence, planes })) rememberBefore(key);
    outlines.set(key, { map, evidence, planes, final });
    void changed.trigger({ label, index });
  }
  /** What is suggested is about to be exchanged, or to go. */
  function rememberBefore(key: string): void {
    const last = outlines.get(key);
    if (last?.final) before.set(key, { map: last.map });
  }

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
    const last = summaries.value;
    reading.value = true;
    try {
      const list = await useBridge().call('suggestions.list', { stack: on });
      if (read !== reads || on !== stack.value) return;
      const next = new Map(list.map((s) => [keyOf(s.label, s.index), s]));
      for (const [key, summary] of summaries.value) {
        if (!next.has(key) && last.get(key) !== summary) next.set(key, summary);
      }
      const isSame =
        next.size === last.size &&
        [...next].every(([key, summary]) => last.has(key) && areAlike(last.get(key)!, summary));
      summaries.value = next;
      for (const key of last.keys()) {
        if (next.has(key)) continue;
        rememberBefore(key);
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

  /** Whether the host has a suggestion that is not here as it is now. */
  const isMissing = (label: string, index: number): boolean =>
    summaries.value.has(keyOf(label, index)) &&
    (!outlines.has(keyOf(label, index)) || isOld(label, index));

  /** Fetches the maps of a slice from the host where they are not here, or old. */
  async function fetch(label: string, index: number): Promise<void> {
    const key = keyOf(label, index);
    const held = maps.get(key);
    if (!summaries.value.has(key) || (held && !isOld(label, index))) return;
    const on = stack.value;
    const fetched = await useBridge().call('suggestions.get', { stack: on, label, index });
    if (fetched && on === stack.value && maps.get(key) === held) keep(label, index, fetched, true);
  }

  /** The same of where the label is suggested alone: what is drawn of labels whose doubt is not. */
  async function fetchOutline(label: string, index: number): Promise<void> {
    if (!isMissing(label, index)) return;
    const key = keyOf(label, index);
    const held = outlines.get(key);
    const on = stack.value;
    const asked = { stack: on, label, index, doubt: false };
    const fetched = await useBridge().call('suggestions.get', asked);
    if (!fetched || on !== stack.value || outlines.get(key) !== held) return;
    // Maps of before do not belong to it.
    maps.delete(key);
    keepOutline(label, index, fetched, true);
  }

  /** @param slices first and last, both included. @param focus the slice to begin with. */
  async function run(
    labels: readonly string[],
    slices: readonly [number, number],
    focus: number,
  ): Promise<void> {
    const on = stack.value;
    failure.value = null;
    asked.value = { labels, slices, focus };
    try {
      await job.start(async (signal, show) => {
        // The host suggests by the labels and prompts that it has.
        if (useAnnotation().unsaved > 0) await orAborted(useAnnotation().saved(), signal);
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

  /**
   * Another recipe or prompt: all is read again, and what is being suggested is asked for again, since what
   * comes of it would be of before.
   */
  async function renew(id: string): Promise<void> {
    const unfinished = job.running.value && id === stack.value ? asked.value : null;
    const read = load(id);
    if (unfinished) {
      const there = new Set(useAnnotation().labels.map((label) => label.id));
      const labels = unfinished.labels.filter((label) => there.has(label));
      void run(labels, unfinished.slices, unfinished.focus);
    }
    await read;
  }

  function take(frame: Frame): void {
    const { label, index, samplesUsed, probability, total, aleatoric, epistemic, score } = frame;
    const { evidence, planes } = frame;
    if (score !== null) {
      const rest = { label, index, samplesUsed, evidence, planes };
      const next = new Map(summaries.value);
      next.set(keyOf(label, index), { ...rest, score, doubt: frame.doubt ?? 0 });
      summaries.value = next;
    }
    const held = { samplesUsed, probability, total, aleatoric, epistemic, evidence, planes };
    keep(label, index, held, frame.final);
  }

  /** Whether the running job has been asked for a slice. */
  const isComing = (index: number): boolean => {
    const [first, last] = asked.value?.slices ?? [0, -1];
    return job.running.value && first <= index && index <= last;
  };

  function cancel(): void {
    asked.value = null;
    job.cancel();
  }

  async function clear(): Promise<void> {
    cancel();
    await useBridge().call('suggestions.clear', { stack: stack.value });
    forget();
    before.clear();
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
    renew,
    refresh,
    fetch,
    fetchOutline,
    isOld,
    isMissing,
    run,
    clear,
    isComing,
    reading,
    renewing,
    /** Undefined where its maps were never here; null where it is suggested nowhere in the slice. */
    outlineOf: (label: string, index: number) => outlines.get(keyOf(label, index))?.map,
    /**
     * Where it was suggested before it followed other slices or was of another version; undefined where
     * nothing took its place.
     */
    beforeOf: (label: string, index: number) => before.get(keyOf(label, index))?.map,
    mapsOf: (label: string, index: number) => maps.get(keyOf(label, index)) ?? null,
    summaryOf: (label: string, index: number) => summaries.value.get(keyOf(label, index)),
    has: (label: string, index: number) => summaries.value.has(keyOf(label, index)),
    running: job.running,
    progress: job.progress,
    cancel,
  };
});

/** @throws the reason of the signal where it aborts before the work is done. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    ),
  ]);
