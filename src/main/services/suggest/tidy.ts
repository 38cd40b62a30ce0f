import { applyEdit, removeIslands, type KeptIslands } from '../../../shared/edit/index.ts';
import { spacingOf, type Grid } from '../../../shared/volume.ts';

/** Which pieces of every label stay: the largest, or all from a volume on; null: all. */
export type IslandRule = 'largest' | { readonly millilitres: number } | null;

/**
 * Takes away pieces of labels, in place: components of 26-neighbours in space.
 * @param data label map of the grid, i fastest. @param values the labels that are tidied.
 */
export function tidyLabels(
  data: Uint8Array,
  grid: Grid,
  values: readonly number[],
  rule: IslandRule,
): void {
  if (rule === null) return;
  const volume = { data, size: grid.size, spacing: spacingOf(grid) };
  const keep: KeptIslands = rule === 'largest' ? rule : { atLeast: 1000 * rule.millilitres };
  for (const value of values) {
    const rules = { value, locked: new Set<number>(), overwrite: 'unlocked' } as const;
    applyEdit(volume, removeIslands(volume, 'volume', keep, rules, 'Remove islands'));
  }
}

/** As provenance and the command line say it: `largest`, or millilitres. */
export const islandText = (rule: IslandRule): string | null =>
  rule === null || rule === 'largest' ? rule : `${rule.millilitres} ml`;
