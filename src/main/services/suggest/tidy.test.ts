import { expect, it } from 'vitest';
import { islandText, tidyLabels, type IslandRule } from './tidy.ts';

const grid = {
  size: [10, 1, 2],
  affineLps: [5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1],
} as const;
const before = [1, 1, 0, 2, 0, 1, 1, 1, 0, 2, 1, 0, 0, 2, 0, 0, 0, 0, 2, 2];
const tidied = (rule: IslandRule): number[] => {
  const data = Uint8Array.from(before);
  tidyLabels(data, grid, [1, 2], rule);
  return [...data];
};

it('keeps the largest piece of every label, the first of equal ones', () => {
  // Label 1: three voxels at either place; label 2: two voxels, then three by a corner.
  expect(tidied('largest')).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
});

it('keeps pieces from a volume on', () => {
  // A voxel is half a millilitre.
  expect(tidied({ millilitres: 1.5 })).toEqual([
    1, 1, 0, 0, 0, 1, 1, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2,
  ]);
  expect(tidied({ millilitres: 0.4 })).toEqual(before);
  expect(tidied(null)).toEqual(before);
  expect([islandText('largest'), islandText({ millilitres: 0.5 }), islandText(null)]).toEqual([
    'largest',
    '0.5 ml',
    null,
  ]);
});
