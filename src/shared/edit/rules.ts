import { MarginaliaError } from '../errors.ts';

/**
 * What a tool may do to the labels that it meets. A locked label keeps exactly its voxels: none is
 * taken from it, by no tool and no suggestion, and none is added. 0 can be locked too: then labels
 * change into each other only.
 */
export interface EditRules {
  /** The label that is worked on, 1 … 255. */
  readonly value: number;
  readonly locked: ReadonlySet<number>;
  /** Painting replaces every label that is not locked, or fills voxels without a label only. */
  readonly overwrite: 'unlocked' | 'empty';
}

/**
 * What a tool wants of a voxel: `paint`: that it has the label; `erase`: that it has that label no
 * more; `clear`: that it has no label.
 */
export type Action = 'paint' | 'erase' | 'clear';

/**
 * What becomes of a voxel: entry `256 · m + label` for mask value m, which stands for no action
 * where it is 0, else for the m-th of the actions.
 * @throws MarginaliaError `label-locked` if the label that is worked on is.
 */
export function outcomes(rules: EditRules, actions: readonly Action[]): Uint8Array {
  const { value, locked, overwrite } = rules;
  if (!Number.isInteger(value) || value < 1 || value > 255) {
    throw new RangeError(`${value} is no label: labels are whole numbers from 1 to 255.`);
  }
  if (locked.has(value) && actions.some((action) => action !== 'clear')) {
    throw new MarginaliaError(
      'label-locked',
      `Label ${value} is locked: nothing can be added to it or taken from it.`,
      'Unlock it, or choose another label.',
    );
  }
  const canEmpty = !locked.has(0);
  const isFree = (label: number): boolean => !locked.has(label);
  const after: Record<Action, (label: number) => number> = {
    paint: (label) => (isFree(label) && (label === 0 || overwrite === 'unlocked') ? value : label),
    erase: (label) => (canEmpty && label === value ? 0 : label),
    clear: (label) => (canEmpty && isFree(label) ? 0 : label),
  };
  const table = new Uint8Array(256 * (1 + actions.length));
  for (let label = 0; label < 256; label++) {
    table[label] = label;
    actions.forEach((action, n) => (table[256 * (n + 1) + label] = after[action](label)));
  }
  return table;
}
