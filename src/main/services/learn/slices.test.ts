import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetsOf } from './decided-slices.ts';
import { mergeSuggestion } from '../annotate/index.ts';

const slice = fc.uint8Array({ minLength: 30, maxLength: 30, max: 3 });

describe('a suggestion on a slice that was painted on', () => {
  it('fills what is empty and takes nothing away', () => {
    fc.assert(
      fc.property(slice, slice, (before, suggested) => {
        const merged = mergeSuggestion(before, suggested);
        merged.forEach((label, i) => expect(label).toBe(before[i] || suggested[i]));
        expect(merged === suggested).toBe(before.every((v, i) => v === 0 || v === suggested[i]));
      }),
    );
  });
});

describe('what a decided slice teaches', () => {
  const labels = [
    { id: '1', value: 1, name: 'liver', prompt: 'liver in a CT' },
    { id: '2', value: 2, name: 'spleen', prompt: '' },
    { id: '3', value: 3, name: 'cyst', prompt: 'liver in a CT' },
    { id: '4', value: 4, name: 'kidney', prompt: 'kidney' },
  ];
  const taught = (known: string[], voxels: number[]) =>
    targetsOf({ labels: known }, labels, Uint8Array.from(voxels)).map(({ prompt, mask }) => [
      prompt,
      [...mask],
    ]);

  it('is where labels are, and that they are not there if the decision knew of them', () => {
    expect(taught(['1', '2'], [0, 1, 1, 0])).toEqual([
      ['liver in a CT', [0, 1, 1, 0]],
      ['spleen', [0, 0, 0, 0]],
    ]);
  });

  it('is nothing of labels that were made later, unless they are painted there', () => {
    expect(taught([], [0, 0])).toEqual([]);
    expect(taught([], [4, 0])).toEqual([['kidney', [1, 0]]]);
  });

  it('is one mask for labels that ask for the same', () => {
    expect(taught(['1', '3'], [1, 3, 0])).toEqual([['liver in a CT', [1, 1, 0]]]);
  });
});
