import { createEventHook } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { CallInput, CallOutput, EventData } from '../../shared/contract/index.ts';
import { isEmpty, type Edit } from '../../shared/edit/index.ts';
import { stepNames } from '../../shared/step-names.ts';
import { useBridge } from '../bridge.ts';
import { createDraft, type Draft, type Expected } from '../model/draft.ts';
import { createLabelMap, type LabelMap } from '../model/label-map.ts';
import { createLine, orAway } from '../model/change-queue.ts';
import type { Triple } from '../../shared/volume.ts';
import { useNotices } from './notices-store.ts';

export type Label = CallOutput<'annotation.get'>['labels'][number];
export type ReviewState = CallOutput<'annotation.get'>['review'][number];
type EditResult = CallOutput<'edits.apply'>;
type ReviewChange = NonNullable<CallInput<'edits.apply'>['review']>;
/** The stack, and a name under which a step is done once. */
interface Named {
  readonly stack: string;
  readonly step: string;
}
/** What a label is to become; null: it goes. */
interface LabelChange {
  readonly id: string;
  readonly change: Partial<Label> | null;
}
interface Turn<T> {
  /** Asks the host, perhaps several times. */
  ask(): Promise<T>;
  take(answer: T): Promise<void> | void;
  /** Whether it means nothing any more. */
  isVain?(): boolean;
  readonly change?: LabelChange;
}

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
  /** Steps and changes of labels that the host has not confirmed yet. */
  const unsaved = ref(0);
  /** Slices whose voxels changed. */
  const changed = createEventHook<readonly number[]>();
  /** A step was taken back or made again: slices that it was about. */
  const stepped = createEventHook<readonly number[]>();
  let draft: Draft | null = null;
  /** How labels are worked on where a stroke may be in the air above them. */
  let around = <T>(work: () => T): T => work();
  const line = createLine();
  /** Steps of this page. */
  const own = new Set<string>();
  /** Whether labels are about to be read again because another page changed them. */
  let isBehind = false;
  /** Changes of labels that the host has not confirmed yet. */
  const changes = new Set<LabelChange>();
  /** How often the page and the host turned out to differ. */
  let differences = 0;

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
    review.value = annotation.review;
    undoNames.value = annotation.undo;
    redoNames.value = annotation.redo;
    map.value = fresh;
    draft = createDraft(fresh);
    setLabels(annotation.labels);
  }

  function clear(): void {
    map.value = draft = null;
    labels.value = review.value = [];
    undoNames.value = redoNames.value = [];
    savedAt.value = null;
    line.letGo();
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
    setLabels(result.labels);
    savedAt.value = new Date();
    // While others are under way the page is ahead.
    if (unsaved.value > 1) return;
    undoNames.value = result.undo;
    redoNames.value = result.redo;
  }

  /** Shows labels as the host has them, or had them, with what was changed since. */
  function setLabels(now: readonly Label[]): void {
    labels.value = [...changes].reduce(
      (all, { id, change }) =>
        change
          ? all.map((old) => (old.id === id ? { ...old, ...change } : old))
          : all.filter((old) => old.id !== id),
      now,
    );
    if (!active.value) activeId.value = now[0]?.id ?? '';
  }

  /**
   * Waits for its turn, and for the host as long as the series is open; a failure is told, and
   * everything read again.
   */
  function inTurn<T>({ ask, take, isVain, change }: Turn<T>): Promise<void> {
    unsaved.value++;
    if (change) changes.add(change);
    setLabels(labels.value);
    const on = stack.value;
    const isOpen = (): boolean => on === stack.value && draft !== null;
    return line.inTurn(async () => {
      try {
        if (isVain?.()) return await readAgain();
        const answer = await line
          .untilKept(ask, isOpen)
          .finally(() => change && changes.delete(change));
        if (!isOpen()) return;
        await take(answer);
        if (unsaved.value === 1) await settle();
      } catch (error) {
        differences++;
        useNotices().fail(error);
        await useNotices().guard(readAgain());
      } finally {
        unsaved.value--;
      }
    });
  }

  /** Nothing is under way any more. */
  async function settle(): Promise<void> {
    const { settle: settled } = draft!;
    const slices = around(settled);
    if (slices === 'lost') {
      differences++;
      await readAgain();
    } else if (slices.length > 0) announce(slices);
  }

  /**
   * @param expected slices that were changed here already, null where only the host knows them.
   */
  function step(
    ask: (on: Named) => Promise<EditResult | null>,
    expected: Expected,
    more: Pick<Turn<never>, 'isVain' | 'change'> = {},
  ): Promise<void> {
    const before = draft;
    const on = named();
    return inTurn({
      ask: () => ask(on),
      take(result) {
        if (!result || !draft) return readAgain();
        take(result);
        draft.hear(result, before === draft ? expected : null);
      },
      ...more,
    });
  }

  async function readAgain(): Promise<void> {
    if (!map.value) return;
    const { size, spacing } = map.value;
    await load(stack.value, size, spacing);
    announce(Array.from({ length: size[2] }, (_, k) => k));
  }

  /** The host was found again: what waits for it goes on, then everything is read again. */
  function reload(): Promise<void> {
    line.letGo();
    return line.inTurn(readAgain);
  }

  /** Labels were changed: where by another page, they are read again when nothing is under way. */
  function changedBy({ stack: where, step: name = '' }: EventData<'annotation'>): void {
    if (own.delete(name) || where !== stack.value || !draft || isBehind) return;
    isBehind = true;
    void useNotices().guard(
      line.inTurn(() => {
        isBehind = false;
        return readAgain();
      }),
    );
  }

  /** Makes an edit of the labels without a stroke that is in the air, and applies it. */
  const beneath = <T>(work: () => T): T => around(work);
  const setBeneath = (how: typeof around): void => void (around = how);

  function named(): Named {
    const step = crypto.randomUUID();
    own.add(step);
    return { stack: stack.value, step };
  }

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
    const input = { name: edit.name, slices, review, actor };
    return step((on) => useBridge().call('edits.apply', { ...on, ...input }), indices);
  }

  /** Goes a step back or forth; at once where the page knows what it changes. */
  function go(way: 'undo' | 'redo'): Promise<void> {
    const [from, to] = way === 'undo' ? [undoNames, redoNames] : [redoNames, undoNames];
    const [name, ...rest] = from.value;
    if (!draft || name === undefined) return Promise.resolve();
    const { step: move } = draft;
    const slices = around(() => move(way, locked.value));
    from.value = rest;
    to.value = [name, ...to.value];
    if (slices) {
      announce(slices);
      void stepped.trigger(slices);
    }
    const before = differences;
    const isVain = (): boolean => before !== differences;
    const ask = async (on: Named): Promise<EditResult | null> => {
      const result = await useBridge().call(`edits.${way}`, on);
      // Of what only the host knows.
      if (!slices && result)
        void stepped.trigger([...result.slices, ...result.review].map(({ index }) => index));
      return result;
    };
    return step(ask, slices, { isVain });
  }

  /** What only the host can do. @param name as which it can be undone. */
  function leave(
    name: string,
    ask: (on: Named) => Promise<EditResult>,
    change?: LabelChange,
  ): Promise<void> {
    draft?.leave();
    undoNames.value = [name, ...undoNames.value];
    redoNames.value = [];
    return step(ask, null, change && { change });
  }

  function decide(changes: ReviewChange): Promise<void> {
    setReviewHere(changes);
    const name = stepNames.review(changes);
    return leave(name, (on) => useBridge().call('review.set', { ...on, slices: changes }));
  }

  /** @throws MarginaliaError `host-away`, or what the host says. */
  async function createLabel(label: Omit<CallInput<'labels.create'>, keyof Named>): Promise<void> {
    try {
      const on = named();
      const ask = () => useBridge().call('labels.create', { ...on, ...label });
      const created = await line.inTurn(ask);
      labels.value = [...labels.value, created];
      activeId.value = created.id;
    } catch (error) {
      throw orAway(error, 'Add a label');
    }
  }

  function changeLabel(id: string, change: Partial<Label>): Promise<void> {
    const input = { ...named(), label: id, change };
    return inTurn({
      ask: () => useBridge().call('labels.change', input),
      take(changed) {
        savedAt.value = new Date();
        setLabels(labels.value.map((old) => (old.id === id ? changed : old)));
      },
      change: { id, change },
    });
  }

  function removeLabel(id: string): Promise<void> {
    const name = labels.value.find((label) => label.id === id)?.name ?? '';
    return leave(
      stepNames.remove(name),
      (on) => useBridge().call('labels.remove', { ...on, label: id }),
      { id, change: null },
    );
  }

  function interpolate(label: string): Promise<void> {
    const name = labels.value.find(({ id }) => id === label)?.name ?? '';
    return leave(stepNames.interpolate(name), (on) =>
      useBridge().call('labels.interpolate', { ...on, label }),
    );
  }

  return {
    stack,
    labels,
    review,
    undoNames,
    redoNames,
    map,
    activeId,
    active,
    locked,
    savedAt,
    unsaved,
    onChanged: changed.on,
    onStepped: stepped.on,
    load,
    reload,
    changedBy,
    clear,
    apply,
    undo: () => go('undo'),
    redo: () => go('redo'),
    decide,
    createLabel,
    changeLabel,
    removeLabel,
    interpolate,
    beneath,
    setBeneath,
  };
});
