import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { openSuggestion, suggestedMap, withSuggestion } from '../../src/shared/suggested.ts';
import { goTo, isSaved, pane, prompt, undoName, type Point } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { openDemo, suggestSeries } from './support/demo.ts';

const [SIZE, SLICES] = [224, 32];
const PIXELS = SIZE * SIZE;
/** The slice that is worked on, counted from 1. */
const SLICE = 17;
const PLANES = ['Axial', 'Coronal', 'Sagittal'] as const;
const TOOLS = [
  { key: 'e', name: 'Eraser “liver”', takes: true },
  { key: 'b', name: 'Brush “liver”', takes: false },
  { key: 'p', name: 'Polygon and lasso “liver”', takes: false },
  { key: 'f', name: 'Flood fill “liver”', takes: false },
] as const;

/** Every tool works on what is suggested, in every plane; what is there then is what is accepted. */
inEachWindow('tools on what is suggested', (openApp) => {
  let app: App;
  let page: Page;
  let stack: string;
  let ids: readonly string[];
  /** mm between voxels along i, j, k. */
  let spacing: readonly number[];
  /** What is suggested before anything is decided: 1 liver, 2 kidney, 0 neither. */
  let drawn: Uint8Array;
  /** A voxel amid the liver. */
  let middle: readonly [number, number, number];

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    ({ stack, ids } = await openDemo(app, ['liver', 'left kidney']));
    await suggestSeries(page);
    const shown = await page.getByText(/224×224/).innerText();
    spacing = /([\d.]+)×([\d.]+)×([\d.]+) mm/.exec(shown)!.slice(1).map(Number);
    drawn = new Uint8Array(PIXELS * SLICES);
    for (let k = 0; k < SLICES; k++) drawn.set(await suggestedOn(k), k * PIXELS);
    middle = middleOf(drawn.subarray((SLICE - 1) * PIXELS, SLICE * PIXELS));
    await page.keyboard.press('1');
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });
  async function voxels(): Promise<Uint8Array> {
    const map = new Uint8Array(PIXELS * SLICES);
    for (const { index, runs } of await askHost(app, 'annotation.voxels', { stack })) {
      map.set(decodeRuns(runs, PIXELS), index * PIXELS);
    }
    return map;
  }
  async function suggestedOn(index: number): Promise<Uint8Array> {
    const all = [];
    for (const [n, label] of ids.entries()) {
      const maps = await askHost(app, 'suggestions.get', { stack, label, index });
      const map = suggestedMap(maps!.probability);
      if (map) all.push({ value: n + 1, map });
    }
    return openSuggestion(all, new Set(), PIXELS);
  }
  const states = async (state: string): Promise<number[]> =>
    (await annotation()).review.flatMap((now, index) => (now === state ? [index] : []));

  /** Where a voxel is on the screen; a slice fills its pane from edge to edge in its shorter direction. */
  async function at(plane: (typeof PLANES)[number], di: number, dn: number): Promise<Point> {
    const box = (await pane(page, plane).boundingBox())!;
    const [i, j, k] = middle;
    // Columns and rows as they are displayed: towards left and back, back and feet, left and feet.
    const [u, v, width, height, du, dv] = {
      Axial: [i, j, SIZE, SIZE, spacing[0]!, spacing[1]!] as const,
      Coronal: [i, SLICES - 1 - k, SIZE, SLICES, spacing[0]!, spacing[2]!] as const,
      Sagittal: [j, SLICES - 1 - k, SIZE, SLICES, spacing[1]!, spacing[2]!] as const,
    }[plane];
    const scale = Math.min(box.width / (width * du), box.height / (height * dv));
    return [
      box.x + box.width / 2 + (u + di + 0.5 - width / 2) * du * scale,
      box.y + box.height / 2 + (v + dn + 0.5 - height / 2) * dv * scale,
    ];
  }

  /** Columns from the middle of the liver to beyond its border, in the row that is displayed. */
  function beyond(plane: (typeof PLANES)[number]): number {
    const [i, j, k] = middle;
    const isIn = (n: number): boolean =>
      drawn[(plane === 'Sagittal' ? i + SIZE * (j - n) : i - n + SIZE * j) + k * PIXELS] === 1;
    let n = 0;
    while (isIn(n)) n++;
    return n + 6;
  }

  /** Uses a tool from the middle of the liver to beyond its border: a stroke, a loop, or a click there. */
  async function use(key: string, plane: (typeof PLANES)[number]): Promise<void> {
    const out = -beyond(plane);
    const loop = [
      [out, -2],
      [0, -2],
      [0, 2],
      [out, 2],
    ] as const;
    const line = [
      [out, 0],
      [0, 0],
    ] as const;
    const [first, ...more] = { f: line.slice(0, 1), p: loop, b: line, e: line }[key]!;
    await page.mouse.move(...(await at(plane, first![0], first![1])));
    await page.mouse.down();
    for (const point of more)
      await page.mouse.move(...(await at(plane, point[0], point[1])), { steps: 6 });
    await page.mouse.up();
  }

  describe.each(PLANES)('in the %s plane', (plane) => {
    it.each(TOOLS)('$name', async ({ key, name, takes }) => {
      await goTo(page, SLICE);
      // All planes go through the middle of the liver.
      await page.keyboard.press('c');
      await page.mouse.click(...(await at('Axial', 0, 0)));
      await page.keyboard.press(key);
      await use(key, plane);
      await expect.poll(() => undoName(page)).toBe(name);
      // The page shows the step before the host has it.
      await expect.poll(async () => (await states('started')).length).toBeGreaterThan(0);
      const started = await states('started');
      expect(plane === 'Axial' ? started : started.includes(SLICE - 1)).toEqual(
        plane === 'Axial' ? [SLICE - 1] : true,
      );
      const after = await voxels();
      const [lost, gained] = [new Set<number>(), new Set<number>()];
      after.forEach((label, n) => {
        const index = Math.floor(n / PIXELS);
        const was = started.includes(index) && drawn[n] === 1 ? 1 : 0;
        if (was > label) lost.add(index);
        if (label > was) gained.add(index);
      });
      // An eraser only takes, on every slice that it began; other tools only add.
      if (takes) expect([[...lost].sort((a, b) => a - b), gained.size]).toEqual([started, 0]);
      else expect(lost.size).toBe(0);

      await pane(page).focus();
      await page.keyboard.press('a');
      await expect.poll(async () => (await annotation()).covered[SLICE - 1]).toEqual([...ids]);
      expect((await annotation()).review[SLICE - 1]).toBe('corrected');
      const slice = (map: Uint8Array): Uint8Array =>
        map.subarray((SLICE - 1) * PIXELS, SLICE * PIXELS);
      const kidney = slice(drawn).map((label) => (label === 2 ? 2 : 0));
      const wanted = withSuggestion(slice(after), kidney);
      expect(Buffer.compare(slice(await voxels()), wanted)).toBe(0);

      await page.keyboard.press('Control+z');
      await page.keyboard.press('Control+z');
      await expect
        .poll(async () => new Set((await annotation()).review))
        .toEqual(new Set(['unseen']));
      // Only then is it a suggestion again for the tools of the page.
      await isSaved(page);
      expect((await voxels()).some((label) => label > 0)).toBe(false);
    });
  });
});

/** Two labels that are suggested in the same place. */
inEachWindow('what is erased of a suggestion', (openApp) => {
  let app: App;
  beforeAll(async () => void (app = await openApp()));
  afterAll(() => app.close());

  it('stays empty although another label is suggested below it', async () => {
    const { page } = app;
    const { stack, ids } = await openDemo(app, ['liver', 'liver too']);
    const [first, second] = ids as [string, string];
    const { labels } = await askHost(app, 'annotation.get', { stack });
    const change = { prompt: labels[0]!.prompt };
    await askHost(app, 'labels.change', { stack, label: second, change });
    await goTo(page, SLICE);
    // What is suggested before the page has heard of the prompt is dropped then.
    await page.keyboard.press('2');
    await expect.poll(() => prompt(page, 'liver too').inputValue()).toBe(change.prompt);
    await page.keyboard.press('1');
    await page.getByRole('button', { name: 'this slice', exact: true }).click();
    const maps = (label: string): Promise<CallOutput<'suggestions.get'>> =>
      askHost(app, 'suggestions.get', { stack, label, index: SLICE - 1 });
    await expect.poll(() => maps(first), { timeout: 120_000 }).not.toBe(null);
    await expect.poll(() => maps(second), { timeout: 120_000 }).not.toBe(null);
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'hidden' });
    const all = [(await maps(first))!, (await maps(second))!].map((one) => one.probability);
    // Where the first one is the most likely, and the second one is suggested below it.
    const both = [...all[0]!.keys()].filter((n) => all[0]![n]! >= all[1]![n]! && all[1]![n]! > 127);
    expect(both.length).toBeGreaterThan(500);

    await page.keyboard.press('e');
    const box = (await pane(page).boundingBox())!;
    const [y, from, to] = [
      box.y + 0.5 * box.height,
      box.x + 0.2 * box.width,
      box.x + 0.6 * box.width,
    ];
    await page.mouse.move(from, y);
    await page.mouse.down();
    await page.mouse.move(to, y, { steps: 20 });
    await page.mouse.up();
    const slice = async (): Promise<Uint8Array> => {
      const painted = await askHost(app, 'annotation.voxels', { stack });
      const runs = painted.find(({ index }) => index === SLICE - 1)?.runs;
      return runs ? decodeRuns(runs, PIXELS) : new Uint8Array(PIXELS);
    };
    const state = async (): Promise<string> =>
      (await askHost(app, 'annotation.get', { stack })).review[SLICE - 1]!;
    await expect.poll(state).toBe('started');
    const before = await slice();
    const erased = both.filter((n) => before[n] === 0);
    expect(erased.length).toBeGreaterThan(20);
    await page.keyboard.press('a');
    await expect.poll(state).toBe('corrected');
    const after = await slice();
    expect(erased.filter((n) => after[n] !== 0)).toEqual([]);
    expect(app.problems).toEqual([]);
  });
});

/** The pixel of the liver that is nearest to its centre. */
function middleOf(slice: Uint8Array): readonly [number, number, number] {
  const pixels = [...slice.keys()].filter((n) => slice[n] === 1);
  const mean = (of: (n: number) => number): number =>
    pixels.reduce((sum, n) => sum + of(n), 0) / pixels.length;
  const [ci, cj] = [mean((n) => n % SIZE), mean((n) => Math.floor(n / SIZE))];
  const away = (n: number): number => Math.hypot((n % SIZE) - ci, Math.floor(n / SIZE) - cj);
  const nearest = pixels.reduce((a, b) => (away(a) <= away(b) ? a : b));
  return [nearest % SIZE, Math.floor(nearest / SIZE), SLICE - 1];
}
