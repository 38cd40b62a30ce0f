import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelRuns, spreadRuns, type LabelRuns } from '../../shared/labelmap/label-runs.ts';
import type { Triple } from '../../shared/volume.ts';
import { createSuggestedVolume } from './suggested-volume.ts';

const SIZE: Triple = [3, 2, 3];
const PIXELS = 6;
const VOXELS = 18;

const voxels = fc.array(fc.nat(2), { minLength: VOXELS, maxLength: VOXELS });
const sliceOf = (values: readonly number[], slice: number): Uint8Array =>
  Uint8Array.from(values.slice(slice * PIXELS, (slice + 1) * PIXELS));
/** What is suggested and has no label, voxel by voxel. */
const open = (labels: readonly number[], suggested: readonly number[]): number[] =>
  suggested.map((value, at) => (labels[at] === 0 ? value : 0));

describe('what is suggested and has no label', () => {
  it('counts the same however slices change one after another', () => {
    const change = fc.record({
      slice: fc.nat(2),
      labels: voxels,
      suggested: voxels,
      both: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const labels = new Uint8Array(VOXELS);
        const drawn: (LabelRuns | null)[] = [null, null, null];
        const volume = createSuggestedVolume(SIZE, labels, (slice) => drawn[slice]!);
        for (const { slice, labels: painted, suggested, both } of changes) {
          if (both !== 1) drawn[slice] = labelRuns(sliceOf(suggested, slice));
          if (both !== 0) {
            labels.set(sliceOf(painted, slice), slice * PIXELS);
            volume.relabelled(slice);
          }
          volume.update([slice]);
        }
        const now = open(
          [...labels],
          drawn.flatMap((one) => [...(one ? spreadRuns(one) : new Uint8Array(PIXELS))]),
        );
        for (const value of [1, 2]) {
          expect(volume.count(value)).toBe(now.filter((one) => one === value).length);
          for (let slice = 0; slice < 3; slice++) {
            const here = [...sliceOf(now, slice)];
            expect([...volume.copyOf(slice)]).toEqual(here);
            expect(volume.holds(slice, value)).toBe(here.includes(value));
            expect(volume.holds(slice)).toBe(here.some((one) => one > 0));
          }
        }
      }),
    );
  });

  it('is not counted again where the same is drawn, and gone where nothing is drawn any more', () => {
    const drawn = [labelRuns(Uint8Array.of(1, 1, 0, 0, 0, 2)), null, null] as (LabelRuns | null)[];
    const volume = createSuggestedVolume(SIZE, new Uint8Array(VOXELS), (slice) => drawn[slice]!);
    expect(volume.update([0, 1, 2])).toEqual([0]);
    expect(volume.update([0, 1, 2])).toEqual([]);
    expect([volume.count(1), volume.count(2), volume.count(3)]).toEqual([2, 1, 0]);
    drawn[0] = null;
    expect(volume.update([0, 1, 2])).toEqual([0]);
    expect([volume.count(1), volume.holds(0)]).toEqual([0, false]);
  });
});
