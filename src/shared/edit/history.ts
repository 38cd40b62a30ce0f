import { bytesOf, invertEdit, isEmpty, type Edit } from './edit.ts';

/** An edit; null for a step of which only the host knows what it changed. */
export type Step = Edit | null;

/** What can be undone and redone; plain data, every step gives a new one. */
export interface History {
  /** Oldest first; the last one is undone next. */
  readonly done: readonly Step[];
  /** The last one is redone next. */
  readonly undone: readonly Step[];
  /** Memory of all edits. */
  readonly bytes: number;
  readonly limit: number;
}

/** What a step back or forth asks to be applied, and the history once it is. */
export interface HistoryStep {
  readonly edit: Step;
  readonly history: History;
}

/** @param limit bytes; the oldest edits are forgotten beyond it, but never the newest one. */
export function emptyHistory(limit: number): History {
  return { done: [], undone: [], bytes: 0, limit };
}

/**
 * Adds what was done. What was undone before can be redone no more; an edit that changes nothing
 * changes nothing here either.
 */
export function record(history: History, step: Step): History {
  if (step && isEmpty(step)) return history;
  const { limit } = history;
  const done = [...history.done, step];
  const sizes = done.map((one) => (one ? bytesOf(one) : 0));
  let bytes = sizes.reduce((sum, size) => sum + size, 0);
  let forgotten = 0;
  while (bytes > limit && forgotten < done.length - 1) bytes -= sizes[forgotten++]!;
  return { done: done.slice(forgotten), undone: [], bytes, limit };
}

/** The way back from the newest edit, which is named like it; undefined when there is none. */
export function undo(history: History): HistoryStep | undefined {
  const edit = history.done.at(-1);
  if (edit === undefined) return undefined;
  const done = history.done.slice(0, -1);
  return {
    edit: edit && invertEdit(edit),
    history: { ...history, done, undone: [...history.undone, edit] },
  };
}

/** The edit that was undone last; undefined when there is none. */
export function redo(history: History): HistoryStep | undefined {
  const edit = history.undone.at(-1);
  if (edit === undefined) return undefined;
  const undone = history.undone.slice(0, -1);
  return { edit, history: { ...history, done: [...history.done, edit], undone } };
}
