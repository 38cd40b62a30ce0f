import {
  applyEdit,
  emptyHistory,
  rebaseEdit,
  record,
  redo,
  touchedSlices,
  undo,
  type Edit,
  type History,
} from '../../shared/edit/index.ts';
import type { LabelMap } from './label-map.ts';

/** How the host acknowledges a step: the slices that it changed, and what can be undone and redone. */
interface Acknowledgement {
  readonly slices: readonly { readonly index: number; readonly runs: Uint8Array }[];
  readonly undo: readonly string[];
  readonly redo: readonly string[];
}

/** Slices that the page predicts a step to change; null where only the host can say. */
export type Predicted = readonly number[] | null;

/**
 * Optimistic update of the label map: steps are applied at once, ahead of the host. Once no step is
 * pending any more, the slices become what the host acknowledged.
 */
export interface Draft {
  /**
   * Applies an edit at once, also where the labels below it have changed since it was made.
   * @returns the slices that it changes.
   */
  apply(edit: Edit): readonly number[];
  /** Records a step of which only the host can say what it changes. */
  recordRemote(): void;
  /**
   * Undoes or redoes a step at once, where the page has its edit and no locked label is in its way.
   * @returns the slices that change; null where the host has to say.
   */
  step(way: 'undo' | 'redo', locked: ReadonlySet<number>): Predicted;
  acknowledge(answer: Acknowledgement, predicted: Predicted): void;
  /**
   * To be called when no step is pending any more: slices become what the host acknowledged last.
   * @returns the slices that change by that; 'diverged' where page and host differ elsewhere too, so
   *   that everything has to be read again.
   */
  reconcile(): readonly number[] | 'diverged';
}

/** Memory for edits that can be undone at once. */
const HISTORY_BYTES = 32 * 2 ** 20;

export function createDraft(map: LabelMap): Draft {
  let history = emptyHistory(HISTORY_BYTES);
  /** What the host acknowledged last of each slice, and whether the page had predicted the change. */
  const acknowledged = new Map<
    number,
    { readonly runs: Uint8Array; readonly predicted: boolean }
  >();
  let last: Acknowledgement | null = null;
  let hasDiverged = false;

  function change(edit: Edit): readonly number[] {
    const slices = touchedSlices(edit, map.size);
    applyEdit(map, edit);
    map.recount(slices);
    return slices;
  }

  function takeAcknowledged(): number[] {
    const differing = [...acknowledged].filter(
      ([index, { runs }]) => !isSame(map.runsOf(index), runs),
    );
    for (const [index, { runs }] of differing) map.setRuns(index, runs);
    // The edits in the history were made of slices that turn out to be others.
    if (differing.some(([, { predicted }]) => predicted)) history = emptyHistory(HISTORY_BYTES);
    acknowledged.clear();
    return differing.map(([index]) => index);
  }

  return {
    apply(edit) {
      const rebased = rebaseEdit(map, edit);
      const slices = change(rebased);
      history = record(history, rebased);
      return slices;
    },
    recordRemote: () => void (history = record(history, null)),
    step(way, locked) {
      const moved = way === 'undo' ? undo(history) : redo(history);
      if (!moved) return null;
      history = moved.history;
      const { edit } = moved;
      if (!edit || [...edit.before, ...edit.after].some((value) => locked.has(value))) return null;
      try {
        return change(edit);
      } catch {
        // The voxels were changed in between, so the edit does not fit; the host can say.
        return null;
      }
    },
    acknowledge(answer, predicted) {
      last = answer;
      for (const { index, runs } of answer.slices) {
        acknowledged.set(index, { runs, predicted: predicted !== null });
      }
      // A predicted slice that is missing from the answer was not changed by the host.
      if (predicted?.some((index) => !answer.slices.some((slice) => slice.index === index)))
        hasDiverged = true;
    },
    reconcile() {
      if (hasDiverged) return 'diverged';
      if (last && !fits(history, last)) history = emptyHistory(HISTORY_BYTES);
      return takeAcknowledged();
    },
  };
}

/** Whether the steps in the history are the last ones of the host's. */
function fits({ done, undone }: History, answer: Acknowledgement): boolean {
  return (
    [
      [done, answer.undo],
      [undone, answer.redo],
    ] as const
  ).every(
    ([steps, names]) =>
      steps.length <= names.length &&
      steps.every((step, n) => !step || step.name === names[steps.length - 1 - n]),
  );
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((value, n) => value === b[n]);
