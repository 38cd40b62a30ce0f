import { createEventHook } from '@vueuse/core';
import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';
import { isEmpty, type Edit } from '../../shared/edit/index.ts';
import { bySlice, encodePatch } from '../../shared/labelmap/patch.ts';
import { stepNames } from '../../shared/step-names.ts';
import { useBridge } from '../bridge.ts';
import type { Predicted } from '../model/draft.ts';
import { orAway } from '../model/host-away.ts';
import type { Label, LabelChange } from '../model/pending-labels.ts';
import { createAnnotationState, type ReviewChange } from './annotation/state.ts';
import { createSync, type Change, type StepOn } from './annotation/sync.ts';

export type { Label } from '../model/pending-labels.ts';
export type { ReviewChange, ReviewState } from './annotation/state.ts';
type EditResult = CallOutput<'edits.apply'>;
/** Slices as they are shown: their voxels, states and the labels that these are about. */
export type Expected = NonNullable<CallInput<'edits.apply'>['expects']>;

/**
 * Labels of the opened stack, their voxels, and the review states of its slices. Changes are seen
 * at once (`model/draft`) and reach the host in their order (`annotation/sync`).
 */
export const useAnnotation = defineStore('annotation', () => {
  const state = createAnnotationState();
  const sync = createSync(state);
  const { labels, map, names } = state;
  const savedAt = ref<Date | null>(null);
  /** A step was undone or redone: slices that it was about. */
  const stepped = createEventHook<readonly number[]>();

  function clear(): void {
    state.clear();
    savedAt.value = null;
    sync.retry();
  }

  /**
   * Shows a step, and sends it to the host.
   * @param show shows what the page can predict, now and again whenever everything was read anew before
   *   the host did the step. Returns the slices whose voxels changed; null where only the host knows.
   */
  function sendStep(
    show: () => Predicted,
    ask: (on: StepOn) => Promise<EditResult | null>,
    more: Pick<Change<never>, 'isObsolete' | 'label'> = {},
  ): Promise<void> {
    const showNow = () => ({ draft: state.draft, predicted: show() });
    let shown = showNow();
    if (shown.predicted?.length) state.announce(shown.predicted);
    const on = sync.newStep();
    return sync.send({
      replay: () => void (shown = showNow()),
      ask: () => ask(on),
      acknowledge(result) {
        if (!result || !state.draft) return state.reload();
        state.setReview(result.review);
        state.setLabels(result.labels);
        // Settling a slice is no edit.
        if (result.edit !== null || shown.predicted?.length !== 0) state.numbers.take(result.edit);
        savedAt.value = new Date();
        // While more is pending the page is ahead of the names that the host has.
        if (sync.unsaved.value === 1) names.set(result);
        state.draft.acknowledge(result, shown.draft === state.draft ? shown.predicted : null);
      },
      ...more,
    });
  }

  /**
   * Applies an edit to the labels at once: the one way for tools, menus and accepted suggestions.
   * @param review states of slices that change with it, in the same step.
   * @param expects slices as they are shown: where one is another by then, the host does nothing.
   * @returns once it is durable.
   */
  function apply(
    edit: Edit,
    actor: 'human' | 'model',
    review: ReviewChange = [],
    expects?: Expected,
  ): Promise<void> {
    if (!map.value) return Promise.resolve();
    if (isEmpty(edit) && !expects) return review.length > 0 ? decide(review) : Promise.resolve();
    const show = (): Predicted => {
      const slices = state.withoutStroke(() => state.draft!.apply(edit));
      state.setReview(review);
      names.push(edit.name);
      return slices;
    };
    const [columns, rows] = map.value.size;
    const slices = bySlice(edit, columns * rows).map(({ slice, patch }) => ({
      index: slice,
      patch: encodePatch(patch),
    }));
    const input = { name: edit.name, slices, review, actor, ...(expects && { expects }) };
    return sendStep(show, (on) => useBridge().call('edits.apply', { ...on, ...input }));
  }

  /** The undoing and redoing that the host has not acknowledged yet: what slices are then, it says alone. */
  let moves: Promise<void> | null = null;

  /** Undoes or redoes a step; voxels change at once where the page knows which. */
  function move(way: 'undo' | 'redo'): Promise<void> {
    const moved = moveStep(way);
    moves = moved;
    return moved.finally(() => {
      if (moves === moved) moves = null;
    });
  }

  async function moveStep(way: 'undo' | 'redo'): Promise<void> {
    if (!state.draft || !names.canMove(way)) return;
    const meant = names.of(way);
    const before = sync.divergences();
    /** Another page did a step meanwhile: what the host would undo is not what the user meant. */
    let isLost = false;
    let slices: Predicted = null;
    const isObsolete = (): boolean => before !== sync.divergences();
    const show = (): Predicted => {
      isLost ||= names.of(way).join('\n') !== meant.join('\n');
      if (isLost || isObsolete()) return null;
      slices = state.withoutStroke(() => state.draft!.step(way, state.locked.value));
      names.move(way);
      return slices;
    };
    const ask = async (on: StepOn): Promise<EditResult | null> => {
      // No edit has the number 0: the host says then that nothing was done.
      const only = isLost ? 0 : state.numbers.next(way);
      const result = await useBridge().call(`edits.${way}`, {
        ...on,
        ...(only !== undefined && { only }),
      });
      // Where the page could not say what changes, the host's answer does.
      if (!slices && result)
        void stepped.trigger([...result.slices, ...result.review].map(({ index }) => index));
      return result;
    };
    const moved = sendStep(show, ask, { isObsolete });
    if (slices) void stepped.trigger(slices);
    await moved;
  }

  /**
   * A step that only the host can do.
   * @param name under which it can be undone.
   * @param states that change with it.
   */
  function doRemotely(
    name: string,
    ask: (on: StepOn) => Promise<EditResult>,
    { states = [], label }: { states?: ReviewChange; label?: LabelChange } = {},
  ): Promise<void> {
    const show = (): null => {
      state.setReview(states);
      state.draft?.recordRemote();
      names.push(name);
      return null;
    };
    return sendStep(show, ask, label && { label });
  }

  /** Sets review states of slices without an edit, in one step. */
  function decide(changes: ReviewChange): Promise<void> {
    return doRemotely(
      stepNames.review(changes),
      (on) => useBridge().call('review.set', { ...on, slices: changes }),
      { states: changes },
    );
  }

  /**
   * A slice that was begun to be corrected counts as corrected once it is left; no step of its own.
   * What is still on its way to the host may have begun it although the page does not know of it yet.
   */
  function settle(slice: number): Promise<void> {
    const isStarted = (): boolean => state.review.value[slice] === 'started';
    if (!isStarted() && sync.unsaved.value === 0) return Promise.resolve();
    const show = (): Predicted => {
      const labels = [...(state.covered.value[slice] ?? [])];
      if (isStarted()) state.setReview([{ index: slice, state: 'corrected', labels }]);
      return [];
    };
    return sendStep(show, (on) => useBridge().call('review.settle', { ...on, slice }));
  }

  /** @throws MarginaliaError `host-away`, or what the host throws. */
  async function createLabel(label: Omit<CallInput<'labels.create'>, keyof StepOn>): Promise<void> {
    try {
      const input = { ...sync.newStep(), ...label };
      const created = await sync.enqueue(() => useBridge().call('labels.create', input));
      labels.value = [...labels.value, created];
      state.activeId.value = created.id;
    } catch (error) {
      throw orAway(error, 'Add a label');
    }
  }

  function changeLabel(id: string, change: Partial<Label>): Promise<void> {
    const input = { ...sync.newStep(), label: id, change };
    return sync.send({
      ask: () => useBridge().call('labels.change', input),
      acknowledge(changed) {
        savedAt.value = new Date();
        state.setLabels(labels.value.map((label) => (label.id === id ? changed : label)));
      },
      label: { id, change },
    });
  }

  const nameOf = (id: string): string => labels.value.find((label) => label.id === id)?.name ?? '';

  const removeLabel = (id: string): Promise<void> =>
    doRemotely(
      stepNames.remove(nameOf(id)),
      (on) => useBridge().call('labels.remove', { ...on, label: id }),
      { label: { id, change: null } },
    );

  const interpolate = (label: string): Promise<void> =>
    doRemotely(stepNames.interpolate(nameOf(label)), (on) =>
      useBridge().call('labels.interpolate', { ...on, label }),
    );

  return {
    stack: state.stack,
    labels,
    review: state.review,
    covered: state.covered,
    unseen: state.unseen,
    undoNames: names.undo,
    redoNames: names.redo,
    map,
    activeId: state.activeId,
    active: state.active,
    locked: state.locked,
    savedAt,
    unsaved: sync.unsaved,
    onChanged: state.changed.on,
    onStepped: stepped.on,
    load: state.load,
    reload: sync.reload,
    changedBy: sync.changedBy,
    clear,
    apply,
    undo: () => move('undo'),
    redo: () => move('redo'),
    /** Resolves once review states are those after what was undone and redone; null where they are already. */
    moved: (): Promise<void> | null => moves,
    /** Resolves once the host has acknowledged all changes made so far. */
    saved: (): Promise<void> => sync.enqueue(() => Promise.resolve()),
    decide,
    settle,
    createLabel,
    changeLabel,
    removeLabel,
    interpolate,
    withoutStroke: state.withoutStroke,
    setStrokeGuard: state.setStrokeGuard,
  };
});
