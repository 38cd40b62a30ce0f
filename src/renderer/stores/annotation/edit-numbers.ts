type Way = 'undo' | 'redo';

/**
 * Numbers in the journal of the edits that the page has read or done itself, the next one first: what is
 * undone is one of them, and not one that another page has done since.
 */
export interface EditNumbers {
  set(numbers: Record<Way, readonly number[]>): void;
  /** Undefined where the page cannot say. */
  next(way: Way): number | undefined;
  /** The host recorded, undid or redid an edit; null where the page cannot say which. */
  take(edit: number | null): void;
}

export function createEditNumbers(): EditNumbers {
  let undo: readonly number[] = [];
  let redo: readonly number[] = [];
  return {
    set: (numbers) => void ({ undo, redo } = numbers),
    next: (way) => (way === 'undo' ? undo : redo)[0],
    take(edit) {
      if (edit === null) [undo, redo] = [[], []];
      else if (edit === undo[0]) [undo, redo] = [undo.slice(1), [edit, ...redo]];
      else if (edit === redo[0]) [undo, redo] = [[edit, ...undo], redo.slice(1)];
      else [undo, redo] = [[edit, ...undo], []];
    },
  };
}
