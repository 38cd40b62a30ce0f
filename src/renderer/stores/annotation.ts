import { createEventHook } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';
import { isEmpty, type Edit } from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { useBridge } from '../bridge.ts';
import { createDraft, type Draft, type Expected } from '../model/draft.ts';
import { createLabelMap, type LabelMap } from '../model/label-map.ts';
import type { Triple } from '../../shared/volume.ts';
import { useNotices } from './notices.ts';

export type Label = CallOutput<'annotation.get'>['labels'][number];
export type ReviewState = CallOutput<'annotation.get'>['review'][number];
type EditResult = CallOutput<'edits.apply'>;
type ReviewChange = NonNullable<CallInput<'edits.apply'>['review']>;

/** Labels of the opened stack, their voxels, and what was decided about its slices. */
export const useAnnotation = defineStore('annotation', () => {
  const stack = ref('');
  const labels = ref<readonly Label[]>([]);
  const review = shallowRef<readonly ReviewState[]>([]);
  const undoNames = shallowRef<readonly string[]>([]);
  const redoNames = shallowRef<readonly string[]>([]);
  /** Triggered whenever voxels change. */
  const map = shallowRef<LabelMap | null>(null);
  const activeId = ref('');
  const savedAt = ref<Date | null>(null);
  /** Edits that the host has not confirmed yet. */
  const unsaved = ref(0);
  /** Slices whose voxels changed. */
  const changed = createEventHook<readonly number[]>();
  let draft: Draft | null = null;
  /** How labels are worked on where a stroke may be in the air above them. */
  let around = <T>(work: () => T): T => work();
  /** Steps that wait until the host was found again. */
  const held: (() => void)[] = [];
  /** Steps reach the host one after another, in their order. */
  let line: Promise<unknown> = Promise.resolve();

  const active = computed(() => labels.value.find(({ id }) => id === activeId.value) ?? null);
  const locked = computed(() => new Set(labels.value.filter((l) => l.locked).map((l) => l.value)));

  async function load(id: string, size: Triple, spacing: Triple): Promise<void> {
    const bridge = useBridge();
    const on = { stack: id };
    const [annotation, voxels] = await Promise.all([
      bridge.call('annotation.get', on),
      bridge.call('annotation.voxels', on),
    ]);
    const fresh = createLabelMap(size, spacing);
    for (const { index, runs } of voxels) fresh.setRuns(index, runs);
    stack.value = id;
    labels.value = annotation.labels;
    review.value = annotation.review;
    undoNames.value = annotation.undo;
    redoNames.value = annotation.redo;
    map.value = fresh;
    draft = createDraft(fresh);
    if (!active.value) activeId.value = annotation.labels[0]?.id ?? '';
  }

  function clear(): void {
    map.value = draft = null;
    labels.value = review.value = [];
    undoNames.value = redoNames.value = [];
    savedAt.value = null;
    letGo();
  }

  const letGo = (): void => held.splice(0).forEach((go) => go());

  /**
   * Does what is the same when it is done twice; again when the host was found again, as long as the
   * series is open.
   */
  async function untilKept<T>(work: () => Promise<T>): Promise<T> {
    const on = stack.value;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isGone = error instanceof MarginaliaError && error.code === 'host-gone';
        if (!isGone || on !== stack.value || !draft) throw error;
        await new Promise<void>((go) => held.push(go));
      }
    }
  }

  const announce = (slices: readonly number[]): void => {
    triggerRef(map);
    void changed.trigger(slices);
  };

  function setReviewHere(changes: ReviewChange): void {
    if (changes.length === 0) return;
    const next = [...review.value];
    for (const { index, state } of changes) next[index] = state;
    review.value = next;
  }

  function take(result: EditResult): void {
    setReviewHere(result.review);
    savedAt.value = new Date();
    // While others are under way the page is ahead.
    if (unsaved.value > 1) return;
    undoNames.value = result.undo;
    redoNames.value = result.redo;
  }

  /**
   * Waits for its turn; a failure is told, and everything read again from the host.
   * @param expected slices that were changed here already, null where only the host knows them.
   * @param isRelative whether it means nothing once the labels were read again.
   */
  function inTurn(
    work: () => Promise<EditResult | null>,
    expected: Expected,
    isRelative = false,
  ): Promise<void> {
    unsaved.value++;
    const [own, on] = [draft, stack.value];
    const turn = line.then(async () => {
      try {
        if (isRelative && own !== draft) return await readAgain();
        const result = await work();
        if (on !== stack.value || !draft) return;
        if (!result) return await readAgain();
        take(result);
        const known = own === draft ? expected : null;
        const isLast = unsaved.value === 1;
        const { settle } = draft;
        const slices = around(() => settle(result, known, isLast));
        if (slices === 'lost') await readAgain();
        else if (slices.length > 0) announce(slices);
      } catch (error) {
        useNotices().fail(error);
        await useNotices().guard(readAgain());
      } finally {
        unsaved.value--;
      }
    });
    line = turn;
    return turn;
  }

  async function readAgain(): Promise<void> {
    if (!map.value) return;
    const { size, spacing } = map.value;
    await load(stack.value, size, spacing);
    announce(Array.from({ length: size[2] }, (_, k) => k));
  }

  /** The host was found again: what waits for it goes on, then everything is read again. */
  function reload(): Promise<void> {
    letGo();
    const turn = line.then(readAgain);
    line = turn.catch(() => undefined);
    return turn;
  }

  /** Makes an edit of the labels without a stroke that is in the air, and applies it. */
  const beneath = <T>(work: () => T): T => around(work);
  const setBeneath = (how: typeof around): void => void (around = how);

  const onStack = (): { stack: string } => ({ stack: stack.value });

  /** Shows an edit at once and keeps it; resolves when it is durable. */
  function apply(edit: Edit, actor: 'human' | 'model', review: ReviewChange = []): Promise<void> {
    const volume = map.value;
    if (!volume || !draft) return Promise.resolve();
    if (isEmpty(edit)) return review.length > 0 ? decide(review) : Promise.resolve();
    const { make } = draft;
    const slices = around(() => make(edit).map((index) => ({ index, runs: volume.runsOf(index) })));
    const indices = slices.map(({ index }) => index);
    setReviewHere(review);
    undoNames.value = [edit.name, ...undoNames.value];
    redoNames.value = [];
    announce(indices);
    const input = { ...onStack(), name: edit.name, slices, review, actor };
    return inTurn(() => untilKept(() => useBridge().call('edits.apply', input)), indices);
  }

  /** Goes a step back or forth; at once where the page knows what it changes. */
  function go(way: 'undo' | 'redo'): Promise<void> {
    const [from, to] = way === 'undo' ? [undoNames, redoNames] : [redoNames, undoNames];
    const [name, ...rest] = from.value;
    if (!draft || name === undefined) return Promise.resolve();
    const { step } = draft;
    const slices = around(() => step(way, locked.value));
    from.value = rest;
    to.value = [name, ...to.value];
    if (slices) announce(slices);
    return inTurn(() => useBridge().call(`edits.${way}`, onStack()), slices, true);
  }

  /** What only the host can do. */
  function leave(work: () => Promise<EditResult>): Promise<void> {
    draft?.leave();
    return inTurn(work, null);
  }

  function decide(changes: ReviewChange): Promise<void> {
    setReviewHere(changes);
    const input = { ...onStack(), slices: changes };
    return leave(() => untilKept(() => useBridge().call('review.set', input)));
  }

  async function createLabel(label: Omit<CallInput<'labels.create'>, 'stack'>): Promise<void> {
    const created = await useBridge().call('labels.create', { ...onStack(), ...label });
    labels.value = [...labels.value, created];
    activeId.value = created.id;
  }

  async function changeLabel(id: string, change: Partial<Label>): Promise<void> {
    const before = labels.value;
    const replace = (label: Label): void =>
      void (labels.value = labels.value.map((old) => (old.id === id ? label : old)));
    const old = before.find((label) => label.id === id);
    if (old) replace({ ...old, ...change });
    try {
      replace(await useBridge().call('labels.change', { ...onStack(), label: id, change }));
      savedAt.value = new Date();
    } catch (error) {
      labels.value = before;
      throw error;
    }
  }

  async function removeLabel(id: string): Promise<void> {
    await leave(() => useBridge().call('labels.remove', { ...onStack(), label: id }));
    labels.value = (await useBridge().call('annotation.get', onStack())).labels;
    if (!active.value) activeId.value = labels.value[0]?.id ?? '';
  }

  const interpolate = (label: string): Promise<void> =>
    leave(() => useBridge().call('labels.interpolate', { ...onStack(), label }));

  return {
    stack, labels, review, undoNames, redoNames, map, activeId, active, locked, savedAt, unsaved,
    onChanged: changed.on, load, reload, clear, apply, undo: () => go('undo'), redo: () => go('redo'), decide,
    createLabel, changeLabel, removeLabel, interpolate, beneath, setBeneath,
  }; // prettier-ignore
});
