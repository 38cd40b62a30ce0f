import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionsOf, volumes } from './arbitraries.ts';
import { collectChanges } from './edit.ts';
import {
  applyEdit,
  bytesOf,
  invertEdit,
  isEmpty,
  joinEdits,
  touchedBox,
  touchedSlices,
  type Edit,
  type LabelVolume,
} from './index.ts';

/** The edit between two states of a volume, voxel by voxel. */
function editBetween(name: string, before: Uint8Array, after: Uint8Array): Edit {
  const changes = collectChanges();
  before.forEach((label, voxel) => changes.add(voxel, 1, label, after[voxel]!));
  return changes.edit(name);
}

/** A volume and states that its labels go through. */
const histories = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    states: fc.array(
      fc.uint8Array({
        min: 0,
        max: 2,
        minLength: volume.data.length,
        maxLength: volume.data.length,
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
);

const copyOf = (volume: LabelVolume): LabelVolume => ({ ...volume, data: volume.data.slice() });

describe('an edit', () => {
  it('applied gives what it was made for, and its inverse takes it back', () => {
    fc.assert(
      fc.property(histories, ({ volume, states }) => {
        const edit = editBetween('x', volume.data, states[0]!);
        const changed = copyOf(volume);
        applyEdit(changed, edit);
        expect(changed.data).toEqual(states[0]);
        applyEdit(changed, invertEdit(edit));
        expect(changed.data).toEqual(volume.data);
      }),
    );
  });

  it('joined from several does what they do in turn, and keeps nothing that ends as it began', () => {
    fc.assert(
      fc.property(histories, ({ volume, states }) => {
        const all = [volume.data, ...states];
        const edits = states.map((state, n) => editBetween(`${n}`, all[n]!, state));
        const joined = joinEdits('all', edits);
        expect(joined).toEqual(editBetween('all', volume.data, states.at(-1)!));
      }),
    );
  });

  it('of nothing is empty', () => {
    expect(isEmpty(joinEdits('none', []))).toBe(true);
    expect(joinEdits('none', []).name).toBe('none');
    expect(touchedBox(joinEdits('none', []), [2, 2, 2])).toBeUndefined();
  });

  it('is refused by labels that it was not made of, which stay as they are', () => {
    const volume = {
      size: [4, 1, 1],
      spacing: [1, 1, 1],
      data: Uint8Array.of(0, 0, 1, 0),
    } as const;
    const edit = editBetween('Brush', Uint8Array.of(0, 0, 0, 0), Uint8Array.of(2, 2, 2, 2));
    expect(() => applyEdit(volume, edit)).toThrow(
      expect.objectContaining({ code: 'patch-mismatch' }),
    );
    expect([...volume.data]).toEqual([0, 0, 1, 0]);
    expect(() => joinEdits('twice', [edit, edit])).toThrow(RangeError);
  });

  it('knows the box and the slices that it touches', () => {
    fc.assert(
      fc.property(histories, ({ volume: { size, data }, states }) => {
        const edit = editBetween('x', data, states[0]!);
        const changed = positionsOf(size).filter((_, n) => data[n] !== states[0]![n]);
        const slices = [...new Set(changed.map((p) => p[2]))].sort((a, b) => a - b);
        expect(touchedSlices(edit, size)).toEqual(slices);
        if (changed.length === 0) return;
        const along = (axis: number): number[] => changed.map((p) => p[axis]!);
        const from = [0, 1, 2].map((axis) => Math.min(...along(axis)));
        const to = [0, 1, 2].map((axis) => Math.max(...along(axis)));
        expect(touchedBox(edit, size)).toEqual({ from, size: to.map((v, n) => v - from[n]! + 1) });
      }),
    );
  });

  it('takes memory with the runs, not with the voxels', () => {
    const before = new Uint8Array(10_000);
    const after = before.slice().fill(1, 100, 9000).fill(2, 4000, 5000);
    expect(bytesOf(editBetween('', before, after))).toBe(3 * 10);
  });
});
