import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { openSuggestion, suggestedMap } from '../../src/shared/suggested.ts';
import { goTo, isSaved, pane, stroke, undoName, type Point } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { openDemo, suggestSeries } from './support/demo.ts';

const SIZE = 224;
const PIXELS = SIZE * SIZE;
const SLICES = 32;
const NAMES = ['liver', 'left kidney'] as const;
/** Over the liver, as fractions of the pane. */
const ACROSS: readonly Point[] = [
  [0.25, 0.4],
  [0.45, 0.45],
];

/** What is seen of suggestions of two labels is what tools change and what is accepted. */
inEachWindow('suggestions of several labels', (openApp) => {
  let app: App;
  let page: Page;
  let stack: string;
  let ids: readonly string[];

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    ({ stack, ids } = await openDemo(app, NAMES));
    await suggestSeries(page);
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });
  /** Labels of a slice (counted from 1), as the host keeps them. */
  async function labelsOf(slice: number): Promise<Uint8Array> {
    const painted = await askHost(app, 'annotation.voxels', { stack });
    const runs = painted.find(({ index }) => index === slice - 1)?.runs;
    return runs ? decodeRuns(runs, PIXELS) : new Uint8Array(PIXELS);
  }
  const stateOf = async (slice: number): Promise<unknown> => {
    const { review, covered } = await annotation();
    return [review[slice - 1], covered[slice - 1]];
  };
  /** What is suggested of labels on a slice, put together. @param values 1: liver, 2: kidney. */
  async function suggested(slice: number, values: readonly number[]): Promise<Uint8Array> {
    const all = [];
    for (const value of values) {
      const asked = { stack, label: ids[value - 1]!, index: slice - 1 };
      const maps = await askHost(app, 'suggestions.get', asked);
      const map = suggestedMap(maps!.probability);
      if (map) all.push({ value, map });
    }
    return openSuggestion(all, new Set(), PIXELS);
  }
  /** What is written below the pointer over the middle of what is suggested of a label. */
  async function readOut(slice: number, value: number): Promise<string> {
    const drawn = await suggested(slice, [1, 2]);
    const at = [...drawn.keys()].filter((n) => drawn[n] === value);
    const middle = at[at.length >> 1]!;
    // The slice fills the pane from edge to edge in its shorter direction.
    const box = (await pane(page).boundingBox())!;
    const scale = Math.min(box.width, box.height) / SIZE;
    const [u, v] = [(middle % SIZE) + 0.5 - SIZE / 2, Math.floor(middle / SIZE) + 0.5 - SIZE / 2];
    await page.mouse.move(box.x + box.width / 2 + u * scale, box.y + box.height / 2 + v * scale);
    return page.locator('.corner.facts').first().innerText();
  }
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  const only = (map: Uint8Array, value: number): Uint8Array =>
    map.map((label) => (label === value ? label : 0));

  it('are all seen, whichever label is chosen', async () => {
    await goTo(page, 17);
    await page.keyboard.press('2');
    await expect.poll(() => readOut(17, 1)).toContain('liver?');
    await expect.poll(() => readOut(17, 2)).toContain('left kidney?');
  });

  it('are seen in 3-D before anything is decided, and hidden there as in the planes', async () => {
    const surfaces = page.getByRole('img', { name: /in 3-D/ });
    /** Pixels in the colour of the liver, which is the only red there. */
    async function liverPixels(): Promise<number> {
      const { data } = PNG.sync.read(await surfaces.screenshot());
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
        if (r > 60 && r > 1.5 * g && r > 1.5 * b) count++;
      }
      return count;
    }
    await page.keyboard.press('y');
    await expect.poll(liverPixels).toBeGreaterThan(1000);
    expect((await annotation()).review.every((state) => state === 'unseen')).toBe(true);
    await page.getByRole('button', { name: 'Hide liver' }).click();
    await expect.poll(liverPixels).toBe(0);
    await page.getByRole('button', { name: 'Show liver' }).click();
    await expect.poll(liverPixels).toBeGreaterThan(1000);
    await page.keyboard.press('o');
    await expect.poll(liverPixels).toBe(0);
    await page.keyboard.press('o');
    await page.keyboard.press('Alt+3');
  });

  it('are counted beside what is labelled, label by label', async () => {
    // As the page says it, rounded.
    const [x, y, z] = /([\d.]+)×([\d.]+)×([\d.]+) mm/
      .exec(await page.getByText(/224×224/).innerText())!
      .slice(1)
      .map(Number) as [number, number, number];
    const all = await Promise.all(
      Array.from({ length: SLICES }, (_, n) => suggested(n + 1, [1, 2])),
    );
    for (const [n, name] of NAMES.entries()) {
      const voxels = all.flatMap((slice) => [...slice]).filter((value) => value === n + 1).length;
      const row = page.getByRole('listitem').filter({ has: button(name) });
      const sizes = async (): Promise<number[]> =>
        ((await row.locator('.volume').innerText()).match(/[\d.]+(?= ml)/g) ?? []).map(Number);
      // Slice after slice is counted: the figure grows to what it says in the end.
      await expect
        .poll(async () => (await sizes())[1]! / ((voxels * x * y * z) / 1000))
        .toBeCloseTo(1, 2);
      await expect.poll(async () => row.locator('.volume').innerText()).not.toContain('≥');
      const [labelled, more] = await sizes();
      expect(labelled).toBe(0);
      expect(more! / ((voxels * x * y * z) / 1000)).toBeCloseTo(1, 2);
    }
  });

  it('are accepted as far as they are shown; of a hidden label nothing is decided', async () => {
    await page.keyboard.press('1');
    // The other label is hidden while the chosen one is shown alone.
    await page.keyboard.press('Alt+v');
    await pane(page).focus();
    await page.keyboard.press('a');
    await expect.poll(() => stateOf(17)).toEqual(['accepted', [ids[0]]]);
    await isSaved(page);
    expect(isSame(await labelsOf(17), only(await suggested(17, [1]), 1))).toBe(true);
    await page.keyboard.press('Alt+v');
    await expect.poll(() => readOut(17, 2)).toContain('left kidney?');
    await page.keyboard.press('a');
    await expect.poll(() => stateOf(17)).toEqual(['accepted', [...ids]]);
    const both = await labelsOf(17);
    expect(both.includes(1) && both.includes(2)).toBe(true);
    await page.keyboard.press('Control+z');
    await expect.poll(() => stateOf(17)).toEqual(['accepted', [ids[0]]]);
    await isSaved(page);
  });

  it('are erased where the eraser goes, in one step, and then accepted as they are seen', async () => {
    await goTo(page, 12);
    const before = await suggested(12, [1, 2]);
    await page.keyboard.press('1');
    await page.keyboard.press('e');
    await stroke(page, pane(page), ACROSS);
    await expect.poll(() => undoName(page)).toBe('Eraser “liver”');
    await expect.poll(() => stateOf(12)).toEqual(['started', [ids[0]]]);
    const erased = await labelsOf(12);
    const gone = [...before.keys()].filter((n) => before[n] === 1 && erased[n] === 0);
    expect(gone.length).toBeGreaterThan(20);
    expect(erased.includes(1)).toBe(true);
    // Nothing else: the other label is still suggested, and nothing came from elsewhere.
    expect([...erased.keys()].every((n) => erased[n] === 0 || before[n] === 1)).toBe(true);
    await page.keyboard.press('a');
    await expect.poll(() => stateOf(12)).toEqual(['corrected', [...ids]]);
    const accepted = await labelsOf(12);
    const wanted = before.map((label, n) => (label === 1 ? erased[n]! : label));
    expect(isSame(accepted, wanted)).toBe(true);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await expect.poll(() => stateOf(12)).toEqual(['unseen', []]);
    expect((await labelsOf(12)).some((label) => label > 0)).toBe(false);
    await expect.poll(() => readOut(12, 1)).toContain('liver?');
  });

  it('become the label below a brush; the slice counts as corrected once it is left', async () => {
    await goTo(page, 13);
    const before = await suggested(13, [1, 2]);
    await page.keyboard.press('b');
    await stroke(page, pane(page), [
      [0.6, 0.2],
      [0.65, 0.25],
    ]);
    await expect.poll(() => stateOf(13)).toEqual(['started', [ids[0]]]);
    const painted = await labelsOf(13);
    expect([...before.keys()].every((n) => before[n] !== 1 || painted[n] === 1)).toBe(true);
    expect([...before.keys()].some((n) => before[n] === 0 && painted[n] === 1)).toBe(true);
    await goTo(page, 14);
    await expect.poll(() => stateOf(13)).toEqual(['corrected', [ids[0]]]);
    await page.keyboard.press('Control+z');
    await expect.poll(() => stateOf(13)).toEqual(['unseen', []]);
    // Only then is it a suggestion again for the tools of the page.
    await isSaved(page);
  });

  it('are erased across the slices of another plane, too', async () => {
    await goTo(page, 16);
    const slices = Array.from({ length: SLICES }, (_, n) => n + 1);
    const before = await Promise.all(slices.map((slice) => suggested(slice, [1, 2])));
    await page.keyboard.press('e');
    await stroke(page, pane(page, 'Coronal'), [
      [0.25, 0.4],
      [0.4, 0.6],
    ]);
    await expect.poll(() => undoName(page)).toBe('Eraser “liver”');
    const states = (): Promise<string[]> => annotation().then(({ review }) => [...review]);
    const startedNow = async (): Promise<number[]> =>
      (await states()).flatMap((state, k) => (state === 'started' ? [k] : []));
    // The page shows the step before the host has it.
    await expect.poll(async () => (await startedNow()).length).toBeGreaterThan(1);
    const started = await startedNow();
    for (const k of started) {
      const now = await labelsOf(k + 1);
      const [was] = [before[k]!];
      expect([...now.keys()].every((n) => now[n] === 0 || was[n] === 1)).toBe(true);
      expect([...was.keys()].some((n) => was[n] === 1 && now[n] === 0)).toBe(true);
    }
    // Only the slice that was in view was looked at: leaving it decides about it alone.
    await goTo(page, 17);
    await expect.poll(async () => (await states())[15]).toBe('corrected');
    expect(await startedNow()).toEqual(started.filter((k) => k !== 15));
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await states()).includes('started')).toBe(false);
    await isSaved(page);
  });

  it('are smoothed, as one step that can be taken back', async () => {
    await goTo(page, 18);
    await pane(page).focus();
    await page.keyboard.press('Shift+m');
    await expect.poll(() => undoName(page)).toBe('Smooth “liver”');
    await expect.poll(() => stateOf(18)).toEqual(['started', [ids[0]]]);
    expect((await labelsOf(18)).includes(1)).toBe(true);
    await page.keyboard.press('Control+z');
    await expect.poll(() => stateOf(18)).toEqual(['unseen', []]);
  });
});
