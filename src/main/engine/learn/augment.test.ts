import { describe, expect, it } from 'vitest';
import { keyedState } from '../../../shared/random.ts';
import type { Picture } from '../preprocess.ts';
import { disturb, warp, type LabelledSlice } from './augment.ts';
import { augmentedExample } from './examples.ts';

const [rows, columns] = [30, 40];
const mask = Uint8Array.from({ length: rows * columns }, (_, i) => (i % columns < 15 ? 1 : 0));
const grey: Picture = {
  channels: 1,
  rows,
  columns,
  values: Uint8Array.from({ length: rows * columns }, (_, i) => (i * 37 + (i >> 5)) % 256),
};
const colour = (at: (i: number, channel: number) => number): Picture => ({
  channels: 3,
  rows,
  columns,
  values: Uint8Array.from({ length: 3 * rows * columns }, (_, i) => at(Math.floor(i / 3), i % 3)),
});
const channel = ({ values }: Picture, k: number): Uint8Array =>
  values.filter((_, i) => i % 3 === k);
const labelled = (picture: Picture): LabelledSlice => ({ picture, masks: [mask] });
const seeds = [1, 2, 3, 4, 5, 6];

describe('augmentation of colour', () => {
  it.each(seeds)('changes equal channels as it changes grey (seed %i)', (seed) => {
    const same = colour((i) => grey.values[i]!);
    const alone = disturb(grey, keyedState(seed)).values;
    const all = disturb(same, keyedState(seed));
    for (const k of [0, 1, 2]) expect(channel(all, k)).toEqual(alone);
    const options = { side: 24, flip: true };
    const turned = warp(labelled(grey), keyedState(seed), options);
    const turnedColour = warp(labelled(same), keyedState(seed), options);
    expect(turnedColour.masks).toEqual(turned.masks);
    for (const k of [0, 1, 2]) {
      expect(channel(turnedColour.picture, k)).toEqual(turned.picture.values);
    }
  });

  it.each(seeds)('keeps hue and saturation: channels stay in proportion (seed %i)', (seed) => {
    const picture = colour((i, k) => [200, 100 + (i % 60), 50][k]!);
    const { values } = disturb(picture, keyedState(seed));
    let changed = 0;
    for (let i = 0; i < values.length; i += 3) {
      const [r, g, b] = values.subarray(i, i + 3) as unknown as [number, number, number];
      if (r !== 200) changed++;
      // Whole numbers are rounded down: each is less than one below its share of the exact value.
      const least = (v: number): number => (v / 200) * r - 1;
      const most = (v: number): number => (v / 200) * (r + 1);
      for (const [now, before] of [
        [g, picture.values[i + 1]!],
        [b, 50],
      ] as const) {
        expect(now).toBeGreaterThanOrEqual(least(before));
        expect(now).toBeLessThanOrEqual(most(before));
      }
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('moves all channels and the masks together', () => {
    const picture = colour((i, k) => [mask[i]! * 240, mask[i]! * 120, 0][k]!);
    for (const seed of seeds) {
      const turned = warp(labelled(picture), keyedState(seed), { side: 48, flip: true });
      // At the very middle between two pixels, rounding decides.
      const shown = channel(turned.picture, 0).map((v) => (v > 120 ? 1 : 0));
      const differ = shown.filter((v, i) => v !== turned.masks[0]![i]).length;
      expect(differ).toBeLessThan(0.01 * 48 * 48);
      expect(channel(turned.picture, 2).every((v) => v === 0)).toBe(true);
    }
  });

  it('gives examples of the model’s size, in colour', () => {
    const { values: pixels } = colour((i, k) => (i * (k + 2)) % 256);
    const slice = { channels: 3, rows, columns, pixels } as const;
    const example = augmentedExample(
      { slice, targets: [{ prompt: 'polyp', mask }] },
      16,
      false,
      keyedState(1),
    );
    expect(example.picture).toMatchObject({ channels: 3, rows: 16, columns: 16 });
    expect(example.picture.values.length).toBe(3 * 16 * 16);
    expect(example.masks[0]!.length).toBe(16 * 16);
  });
});
