import { createEventHook } from '@vueuse/core';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { CallInput, CallOutput } from '../../../shared/contract/index.ts';
import type { Triple } from '../../../shared/volume.ts';
import { useBridge } from '../../bridge.ts';
import { createDraft, type Draft } from '../../model/draft.ts';
import { createLabelMap, type LabelMap } from '../../model/label-map.ts';
import { withPending, type Label, type LabelChange } from '../../model/pending-labels.ts';
import { createEditNumbers } from './edit-numbers.ts';
import { createUndoNames } from './undo-names.ts';

type Annotation = CallOutput<'annotation.get'>;
export type ReviewState = Annotation['review'][number];
export type ReviewChange = NonNullable<CallInput<'edits.apply'>['review']>;

/** A change that the page shows, and that the host has not acknowledged yet. */
export interface PendingChange {
  /** Shows it again, on top of what was read from the host since. */
  replay?(): void;
  /** Shown on top of the labels that the host has. */
  readonly label?: LabelChange;
}

export type AnnotationState = ReturnType<typeof createAnnotationState>;

/** What the page shows of the opened stack's annotation: labels, voxels, review states, names. */
export function createAnnotationState() {
  const stack = ref('');
  const labels = ref<readonly Label[]>([]);
  const review = shallowRef<readonly ReviewState[]>([]);
  /** Of each slice, ids of the labels that its state is about. */
  const covered = shallowRef<readonly (readonly string[])[]>([]);
  /** Of each slice, those of them that were accepted without a look. */
  const unseen = shallowRef<readonly (readonly string[])[]>([]);
  const names = createUndoNames();
  /** Triggered whenever voxels change. */
  const map = shallowRef<LabelMap | null>(null);
  const activeId = ref('');
  /** Slices whose voxels changed. */
  const changed = createEventHook<readonly number[]>();
  /** In the order in which the host is asked for them. */
  const pending = new Set<PendingChange>();
  let draft: Draft | null = null;
  const numbers = createEditNumbers();
  /** Runs work on the labels without the stroke that is being drawn on them. */
  let withoutStroke = <T>(work: () => T): T => work();

  const active = computed(() => labels.value.find(({ id }) => id === activeId.value) ?? null);
  const locked = computed(() => new Set(labels.value.filter((l) => l.locked).map((l) => l.value)));

  /**
   * Reads all of a stack's annotation from the host, and shows the pending changes on top of it.
   * @param spacing along i, j, k.
   */
  async function load(
    id: string,
    size: Triple,
    spacing: Triple,
    frameSizes: LabelMap['frameSizes'] = null,
  ): Promise<void> {
    const bridge = useBridge();
    const on = { stack: id };
    const [annotation, voxels] = await Promise.all([
      bridge.call('annotation.get', on),
      bridge.call('annotation.voxels', on),
    ]);
    const fresh = createLabelMap(size, spacing, frameSizes);
    for (const { index, runs } of voxels) fresh.setRuns(index, runs);
    stack.value = id;
    review.value = annotation.review;
    covered.value = annotation.covered;
    unseen.value = annotation.unseen;
    names.set(annotation);
    numbers.set(annotation.numbers);
    draft = createDraft(fresh);
    setLabels(annotation.labels);
    for (const change of pending) change.replay?.();
    map.value = fresh;
  }

  /** Reads everything of the opened stack again. */
  async function reload(): Promise<void> {
    if (!map.value) return;
    const { size, spacing, frameSizes } = map.value;
    await load(stack.value, size, spacing, frameSizes);
    announce(Array.from({ length: size[2] }, (_, k) => k));
  }

  function clear(): void {
    map.value = draft = null;
    pending.clear();
    labels.value = review.value = covered.value = unseen.value = [];
    names.set({ undo: [], redo: [] });
  }

  /** Voxels of slices have changed. */
  function announce(slices: readonly number[]): void {
    triggerRef(map);
    void changed.trigger(slices);
  }

  /** The one place where review states change on the page. */
  function setReview(changes: ReviewChange): void {
    if (changes.length === 0) return;
    const states = [...review.value];
    const about = [...covered.value];
    const left = [...unseen.value];
    for (const { index, state, labels: named, unseen: unlooked } of changes) {
      states[index] = state;
      about[index] = state === 'unseen' ? [] : (named ?? labels.value.map(({ id }) => id));
      left[index] = unlooked ?? (state === 'accepted-unseen' ? about[index] : []);
    }
    review.value = states;
    covered.value = about;
    unseen.value = left;
  }

  /** Shows labels as the host acknowledged them, with the pending changes on top. */
  function setLabels(acknowledged: readonly Label[]): void {
    const changes = [...pending].flatMap(({ label }) => label ?? []);
    labels.value = withPending(acknowledged, changes);
    if (!active.value) activeId.value = acknowledged[0]?.id ?? '';
  }

  return {
    stack,
    labels,
    review,
    covered,
    unseen,
    names,
    numbers,
    map,
    activeId,
    active,
    locked,
    changed,
    pending,
    get draft() {
      return draft;
    },
    load,
    reload,
    clear,
    announce,
    setReview,
    setLabels,
    withoutStroke: <T>(work: () => T): T => withoutStroke(work),
    /** @param guard of the viewer, which knows whether a stroke is being drawn. */
    setStrokeGuard: (guard: typeof withoutStroke): void => void (withoutStroke = guard),
  };
}
