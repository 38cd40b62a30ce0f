import { beforeEach, describe, expect, it } from 'vitest';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const SIZE = 32;
const PIXELS = SIZE * SIZE;

let station: Workstation;
let stack: string;
let label: { id: string; value: number };

beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
  label = await station.page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
});

/** Label 1 in a square of pixels. */
function square(from: number, to: number, value = 1): Uint8Array {
  const labels = new Uint8Array(PIXELS);
  for (let y = from; y < to; y++) labels.fill(value, y * SIZE + from, y * SIZE + to);
  return labels;
}

/** @param before what the page has seen there. */
const apply = (
  index: number,
  labels: Uint8Array,
  actor: 'human' | 'model',
  review?: 'accepted',
  before?: Uint8Array,
) =>
  station.page.call('edits.apply', {
    stack,
    name: actor === 'human' ? 'Brush' : 'Accept',
    slices: [slicePatch(index, labels, before)],
    actor,
    ...(review && { review: [{ index, state: review }] }),
  });

async function slice(index: number): Promise<Uint8Array> {
  const found = (await station.page.call('annotation.voxels', { stack })).find(
    (one) => one.index === index,
  );
  return found === undefined ? new Uint8Array(PIXELS) : decodeRuns(found.runs, PIXELS);
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe('labels', () => {
  it('that are locked are taken from by nobody', async () => {
    const { page } = station;
    await apply(2, square(4, 9), 'human');
    await page.call('labels.change', { stack, label: label.id, change: { locked: true } });
    await expect(apply(2, square(4, 8), 'human', undefined, square(4, 9))).rejects.toMatchObject({
      code: 'label-locked',
    });
    await expect(apply(3, square(0, 2), 'model')).rejects.toMatchObject({ code: 'label-locked' });
    await expect(page.call('labels.remove', { stack, label: label.id })).rejects.toMatchObject({
      code: 'label-locked',
    });
    expect(same(await slice(2), square(4, 9))).toBe(true);
  });

  it('are looked for by the prompt that is kept for their name in such images', async () => {
    const { page } = station;
    const kept = { label: 'Liver', prompt: 'the liver, as we say it' };
    await page.call('settings.change', { prompts: [{ ...kept, modality: 'MR' }] });
    const propose = async (): Promise<string> =>
      (await page.call('labels.proposePrompt', { stack, name: 'liver' })).prompt;
    expect(await propose()).not.toBe(kept.prompt);
    await page.call('settings.change', { prompts: [{ ...kept, modality: 'CT' }] });
    expect(await propose()).toBe(kept.prompt);
    expect((await page.call('labels.create', { stack, name: 'liver' })).prompt).toBe(kept.prompt);
  });

  it('have colours of their own, also once one that was removed comes back', async () => {
    const { page } = station;
    await page.call('labels.remove', { stack, label: label.id });
    // Two windows at once.
    await Promise.all(
      ['spleen', 'kidney'].map((name) => page.call('labels.create', { stack, name })),
    );
    await page.call('edits.undo', { stack });
    const { labels } = await page.call('annotation.get', { stack });
    expect(labels.map(({ name }) => name)).toEqual(['liver', 'spleen', 'kidney']);
    expect(new Set(labels.map(({ colour }) => colour)).size).toBe(3);
  });

  it('go with their voxels, and come back with them', async () => {
    const { page } = station;
    await apply(2, square(4, 9), 'human');
    const removed = await page.call('labels.remove', { stack, label: label.id });
    expect(removed.undo[0]).toBe('Remove “liver”');
    expect(decodeRuns(removed.slices[0]!.runs, PIXELS).includes(1)).toBe(false);
    expect((await page.call('annotation.get', { stack })).labels).toEqual([]);
    await page.call('edits.undo', { stack });
    expect((await page.call('annotation.get', { stack })).labels).toMatchObject([{ id: label.id }]);
    expect(same(await slice(2), square(4, 9))).toBe(true);
  });
});

describe('edits', () => {
  it('are kept as they came where many come at once, suggestions among them', async () => {
    const edits = Array.from({ length: 12 }, (_, n) => {
      const isModel = n % 3 === 0;
      // The last one on each slice is a stroke.
      return apply(n % 4, square(0, 1 + n), isModel && n < 8 ? 'model' : 'human');
    });
    await Promise.all(edits);
    for (const index of [0, 1, 2, 3]) {
      expect(same(await slice(index), square(0, 9 + index))).toBe(true);
    }
    expect((await station.page.call('annotation.get', { stack })).undo).toHaveLength(12);
  });

  it('of two pages that have seen the same slice take nothing from each other', async () => {
    const { page } = station;
    const [one, other] = [square(2, 6), square(10, 14)];
    await apply(3, one, 'human');
    // Made before the first stroke was heard of.
    const { slices } = await apply(3, other, 'human');
    const both = one.map((v, i) => v || other[i]!);
    expect(same(decodeRuns(slices[0]!.runs, PIXELS), both)).toBe(true);
    expect(same(await slice(3), both)).toBe(true);
    // Undoing takes away what the step brought, and no more.
    await page.call('edits.undo', { stack });
    expect(same(await slice(3), one)).toBe(true);
    await page.call('edits.undo', { stack });
    expect(await page.call('annotation.voxels', { stack })).toEqual([]);
    await page.call('edits.redo', { stack });
    await page.call('edits.redo', { stack });
    expect(same(await slice(3), both)).toBe(true);
  });

  it('of two pages that meet are as the later one paints them, and undone to what was there', async () => {
    const { value } = await station.page.call('labels.create', { stack, name: 'cyst', prompt: '' });
    const cyst = square(4, 8, value);
    await apply(3, square(2, 6), 'human');
    await apply(3, cyst, 'human');
    expect(
      same(
        await slice(3),
        square(2, 6).map((v, i) => cyst[i]! || v),
      ),
    ).toBe(true);
    await station.page.call('edits.undo', { stack });
    expect(same(await slice(3), square(2, 6))).toBe(true);
  });

  it('of a slice that is not there, or that reach behind it, change nothing', async () => {
    await expect(apply(12, square(0, 2), 'human')).rejects.toMatchObject({ code: 'no-such-slice' });
    await expect(apply(0, new Uint8Array(PIXELS + 1).fill(1), 'human')).rejects.toMatchObject({
      code: 'damaged-patch',
    });
    await expect(apply(0, square(0, 2, 7), 'human')).rejects.toMatchObject({
      code: 'unknown-label',
    });
    expect(await station.page.call('annotation.voxels', { stack })).toEqual([]);
  });
});

describe('suggestions that are accepted', () => {
  it('replace what was accepted before, but nothing that a hand has touched', async () => {
    await apply(1, square(0, 8), 'model', 'accepted');
    await apply(1, square(10, 14), 'model', 'accepted', square(0, 8));
    expect(same(await slice(1), square(10, 14))).toBe(true);
    const { review } = await apply(1, square(10, 15), 'human');
    expect(review).toEqual([{ index: 1, state: 'corrected', labels: ['1'], unseen: [] }]);
    const answer = await apply(1, square(20, 24), 'model');
    const both = square(20, 24).map((v, i) => v || square(10, 15)[i]!);
    expect(same(decodeRuns(answer.slices[0]!.runs, PIXELS), both)).toBe(true);
    expect(same(await slice(1), both)).toBe(true);
  });

  it('can be taken back with the state that they brought', async () => {
    await apply(1, square(0, 8), 'model', 'accepted');
    const undone = await station.page.call('edits.undo', { stack });
    expect(undone!.review).toEqual([{ index: 1, state: 'unseen', labels: [], unseen: [] }]);
    expect(await station.page.call('annotation.voxels', { stack })).toEqual([]);
  });
});

describe('interpolation', () => {
  it('fills the slices between, and takes nothing that is there', async () => {
    const { page } = station;
    const other = await page.call('labels.create', { stack, name: 'cyst', prompt: '' });
    await apply(2, square(4, 12), 'human');
    await apply(6, square(8, 16), 'human');
    await apply(4, square(9, 11, other.value), 'human');
    await page.call('review.set', { stack, slices: [{ index: 5, state: 'accepted' }] });
    const filled = await page.call('labels.interpolate', { stack, label: label.id });
    expect(filled.undo[0]).toBe('Interpolate “liver”');
    expect(filled.slices.map(({ index }) => index)).toEqual([3, 4]);
    const middle = await slice(4);
    const cyst = square(9, 11, other.value);
    cyst.forEach((value, i) => value !== 0 && expect(middle[i]).toBe(value));
    const area = middle.reduce((sum, v) => sum + (v === label.value ? 1 : 0), 0);
    expect(area).toBeGreaterThan(30);
    await page.call('edits.undo', { stack });
    expect(same(await slice(3), new Uint8Array(PIXELS))).toBe(true);
  });

  it('needs two slices', async () => {
    const interpolate = () => station.page.call('labels.interpolate', { stack, label: label.id });
    await expect(interpolate()).rejects.toThrow(/in no slice/);
    await apply(2, square(4, 12), 'human');
    await expect(interpolate()).rejects.toMatchObject({ code: 'too-few-slices' });
  });
});
