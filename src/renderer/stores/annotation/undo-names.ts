import { shallowRef, type Ref } from 'vue';

/** Names of the steps that can be undone and redone, the next one first. */
export interface UndoNames {
  readonly undo: Ref<readonly string[]>;
  readonly redo: Ref<readonly string[]>;
  /** A new step was done: nothing can be redone any more. */
  push(name: string): void;
  of(way: 'undo' | 'redo'): readonly string[];
  canMove(way: 'undo' | 'redo'): boolean;
  move(way: 'undo' | 'redo'): void;
  /** Takes the names that the host has. */
  set(names: { readonly undo: readonly string[]; readonly redo: readonly string[] }): void;
}

export function createUndoNames(): UndoNames {
  const undo = shallowRef<readonly string[]>([]);
  const redo = shallowRef<readonly string[]>([]);
  const byWay = { undo, redo };
  return {
    undo,
    redo,
    push(name) {
      undo.value = [name, ...undo.value];
      redo.value = [];
    },
    of: (way) => byWay[way].value,
    canMove: (way) => byWay[way].value.length > 0,
    move(way) {
      const [from, to] = way === 'undo' ? [undo, redo] : [redo, undo];
      const [name, ...rest] = from.value;
      if (name === undefined) return;
      from.value = rest;
      to.value = [name, ...to.value];
    },
    set(names) {
      undo.value = names.undo;
      redo.value = names.redo;
    },
  };
}
