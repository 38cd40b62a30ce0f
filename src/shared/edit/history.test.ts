import { describe, expect, it } from 'vitest';
import { collectChanges } from './edit.ts';
import {
  bytesOf,
  emptyHistory,
  record,
  redo,
  undo,
  type Edit,
  type History,
  type Step,
} from './index.ts';

/** An edit of so many runs. */
function edit(name: string, runs: number): Edit {
  const changes = collectChanges();
  for (let run = 0; run < runs; run++) changes.add(2 * run, 1, 0, 1);
  return changes.edit(name);
}

const recorded = (limit: number, ...edits: Edit[]): History =>
  edits.reduce(record, emptyHistory(limit));
const names = (steps: readonly Step[]): (string | undefined)[] => steps.map((step) => step?.name);

describe('history', () => {
  it('goes back and forth by name', () => {
    const history = recorded(1000, edit('a', 1), edit('b', 2));
    const back = undo(history)!;
    expect(back.edit).toMatchObject({ name: 'b', before: Uint8Array.of(1, 1) });
    expect(names(back.history.done)).toEqual(['a']);
    expect(names(back.history.undone)).toEqual(['b']);
    expect(redo(back.history)).toEqual({ edit: edit('b', 2), history });
    expect(undo(undo(back.history)!.history)).toBeUndefined();
    expect(redo(history)).toBeUndefined();
  });

  it('keeps the place of what is not known', () => {
    const history = record(record(recorded(1000, edit('a', 1)), null), edit('b', 1));
    const back = undo(undo(history)!.history)!;
    expect(back.edit).toBeNull();
    expect(undo(back.history)!.edit).toMatchObject({ name: 'a' });
    expect(redo(back.history)!.edit).toBeNull();
  });

  it('forgets what was undone once something new is done, but not for nothing', () => {
    const back = undo(recorded(1000, edit('a', 1), edit('b', 2)))!.history;
    expect(record(back, edit('empty', 0))).toBe(back);
    const on = record(back, edit('c', 1));
    expect(names(on.done)).toEqual(['a', 'c']);
    expect(on.undone).toEqual([]);
  });

  it('forgets the oldest beyond its limit, but never the newest', () => {
    const one = bytesOf(edit('a', 10));
    expect(names(recorded(3 * one, ...['a', 'b', 'c', 'd'].map((n) => edit(n, 10))).done)).toEqual([
      'b',
      'c',
      'd',
    ]);
    const large = recorded(one, edit('a', 1), edit('b', 2), edit('large', 500));
    expect(names(large.done)).toEqual(['large']);
    expect(large.bytes).toBe(bytesOf(edit('large', 500)));
    expect(names(record(large, edit('z', 1)).done)).toEqual(['z']);
  });

  it('counts the bytes of all that it holds, undone or not', () => {
    let history = recorded(1000, edit('a', 3), edit('b', 4));
    const held = (): number =>
      [...history.done, ...history.undone].reduce((sum, e) => sum + bytesOf(e!), 0);
    expect(history.bytes).toBe(held());
    history = undo(history)!.history;
    expect(history.bytes).toBe(held());
    history = record(history, edit('c', 5));
    expect(history.bytes).toBe(held());
  });
});
