import {
  applyEdit,
  emptyHistory,
  record,
  redo,
  touchedSlices,
  undo,
  type Edit,
  type History,
} from '../../shared/edit/index.ts';
import type { LabelMap } from './label-map.ts';

/** What the host says of a step: the slices that it changed, and what can be undone and redone. */
interface Answer {
  readonly slices: readonly { readonly index: number; readonly runs: Uint8Array }[];
  readonly undo: readonly string[];
  readonly redo: readonly string[];
}

/** Slices that a step is expected to change; null where only the host knows. */
export type Expected = readonly number[] | null;

/**
 * Labels ahead of the host: steps are seen at once, and become what the host says as soon as
 * nothing is under way any more.
 */
export interface Draft {
  /** Makes an edit at once. @returns the slices that it changes. */
  make(edit: Edit): readonly number[];
  /** Something is done of which only the host knows what it changes. */
  leave(): void;
  /**
   * Goes a step back or forth at once, where it is known here and no locked label is in its way.
   * @returns the slices that change, null where the host has to say.
   */
  step(way: 'undo' | 'redo', locked: ReadonlySet<number>): Expected;
  /** Hears what the host says of a step. */
  hear(answer: Answer, expected: Expected): void;
  /**
   * No step is under way any more: what the host said is what is there.
   * @returns the slices that change once more by it; 'lost' where page and host have become
   *   different elsewhere, so that everything has to be read again.
   */
  settle(): readonly number[] | 'lost';
}

/** Of edits that can be undone at once. */
const MOST_BYTES = 32 * 2 ** 20;

export function createDraft(map: LabelMap): Draft {
  let history = emptyHistory(MOST_BYTES);
  /** What the host said last of slices, and whether the page should know. */
  const told = new Map<number, { readonly runs: Uint8Array; readonly isKnown: boolean }>();
  let last: Answer | null = null;
  let isLost = false;

  function change(edit: Edit): readonly number[] {
    const slices = touchedSlices(edit, map.size);
    applyEdit(map, edit);
    map.recount(slices);
    return slices;
  }

  function settleAll(): number[] {
    const changed = [...told].filter(([index, { runs }]) => !isSame(map.runsOf(index), runs));
    for (const [index, { runs }] of changed) map.setRuns(index, runs);
    if (changed.some(([, { isKnown }]) => isKnown)) history = emptyHistory(MOST_BYTES);
    told.clear();
    return changed.map(([index]) => index);
  }

  return {
    make(edit) {
      const slices = change(edit);
      history = record(history, edit);
      return slices;
    },
    leave: () => void (history = record(history, null)),
    step(way, locked) {
      const moved = way === 'undo' ? undo(history) : redo(history);
      if (!moved) return null;
      history = moved.history;
      const { edit } = moved;
      if (!edit || [...edit.before, ...edit.after].some((value) => locked.has(value))) return null;
      try {
        return change(edit);
      } catch {
        // Something else was done in between; the host knows.
        return null;
      }
    },
    hear(answer, expected) {
      last = answer;
      for (const { index, runs } of answer.slices) {
        told.set(index, { runs, isKnown: expected !== null });
      }
      // What was expected and is not told, the host has not changed.
      if (expected?.some((index) => !answer.slices.some((slice) => slice.index === index)))
        isLost = true;
    },
    settle() {
      if (isLost) return 'lost';
      if (last && !fits(history, last)) history = emptyHistory(MOST_BYTES);
      return settleAll();
    },
  };
}

/** Whether the steps that are known here are the last ones of the host's. */
function fits({ done, undone }: History, answer: Answer): boolean {
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
