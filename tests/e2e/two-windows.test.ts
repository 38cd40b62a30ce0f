import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { phantomVolume } from '../../src/main/phantom/volume.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { amount } from '../../src/renderer/model/format.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { spacingOf } from '../../src/shared/volume.ts';
import { addLabel, goTo, isSaved, pane, stroke, undoName } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { gateBefore } from './support/held-messages.ts';

const SIZE = 64;
const PHANTOM = { seed: 1_000_013, slices: 4, size: SIZE };

inEachWindow('two windows on one workspace', (openApp, kind) => {
  const single = kind === 'browser' ? '' : ' (skipped: the desktop has one window)';
  let app: App;
  let one: Page;
  let stack: string;

  beforeAll(async () => {
    app = await openApp();
    one = app.page;
    mkdirSync(join(app.root, 'ct'));
    await writePhantomSeries(join(app.root, 'ct'), PHANTOM);
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const voxels = async (): Promise<number> => {
    const slices = await askHost(app, 'annotation.voxels', { stack });
    return slices.flatMap(({ runs }) => [...decodeRuns(runs, SIZE * SIZE)].filter(Boolean)).length;
  };
  /** Where it is: slices, and pixels in them. */
  const labelled = async (): Promise<string[]> => {
    const slices = await askHost(app, 'annotation.voxels', { stack });
    return slices.flatMap(({ index, runs }) =>
      [...decodeRuns(runs, SIZE * SIZE)].flatMap((value, at) => (value ? [`${index}/${at}`] : [])),
    );
  };
  /** How many steps can be undone, by the host. */
  const steps = async (): Promise<number> =>
    (await askHost(app, 'annotation.get', { stack })).undo.length;
  const [x, y, z] = spacingOf(phantomVolume(PHANTOM).image.grid);
  const millilitresOf = (voxels: readonly string[]): string =>
    amount((voxels.length * x * y * z) / 1000, 'ml');
  /** How much is labelled, as a window shows it. */
  const volume = (page: Page): Promise<string> => page.getByText(/^[\d.]+ ml$/).innerText();
  const row = (y: number) =>
    [
      [0.3, y],
      [0.6, y],
    ] as const;

  const openSeries = async (page: Page): Promise<void> => {
    await app.visit(page);
    await page
      .getByRole('button', { name: /CT · 4/ })
      .first()
      .click();
    await pane(page).waitFor();
  };

  it.skipIf(single !== '')(
    `show each other's strokes, labels and undo at once${single}`,
    async () => {
      const [a, b] = [one, await one.context().newPage()];
      await app.choose(() => a.keyboard.press('Control+o'), [join(app.root, 'ct')]);
      await pane(a).waitFor();
      stack = (await askHost(app, 'sources.list', {}))[0]!.stacks[0]!.id;
      await openSeries(b);
      await addLabel(a, 'liver');
      await b.getByRole('button', { name: 'liver', exact: true }).waitFor();
      for (const page of [a, b]) {
        await goTo(page, 2);
        await page.keyboard.press('b');
      }
      await stroke(a, pane(a), row(0.3));
      await expect.poll(() => undoName(b)).toBe('Brush “liver”');
      const first = await voxels();
      // Of the same slice: what the first window painted is not overwritten.
      await stroke(b, pane(b), row(0.7));
      await expect.poll(voxels).toBeGreaterThan(first);
      const both = await voxels();
      // What is undone is the step of the other window, which hears of it after the host.
      await isSaved(b);
      await expect.poll(() => volume(a)).toBe(await volume(b));
      await a.keyboard.press('Control+z');
      await expect.poll(voxels).toBe(first);
      // The other window hears of it after the host; until then there is nothing to redo in it.
      await b.getByRole('button', { name: 'Redo Brush “liver”' }).waitFor();
      await b.keyboard.press('Control+Shift+z');
      await expect.poll(voxels).toBe(both);
      await b.getByRole('button', { name: 'Lock liver' }).click();
      await a.getByRole('button', { name: 'Unlock liver' }).waitFor();
      await b.close();
    },
  );

  it.skipIf(single !== '')(
    `keep both strokes on a slice where neither has heard of the other's${single}`,
    async () => {
      await one.getByRole('button', { name: 'Unlock liver' }).click();
      await isSaved(one);
      const [a, b] = [await one.context().newPage(), await one.context().newPage()];
      const gates = [await gateBefore(a), await gateBefore(b)];
      for (const page of [a, b]) {
        await openSeries(page);
        await page.getByRole('button', { name: 'Lock liver' }).waitFor();
        await goTo(page, 3);
        await page.keyboard.press('b');
      }
      const before = await labelled();
      const done = await steps();
      for (const gate of gates) gate.close();
      await stroke(a, pane(a), row(0.3));
      await expect.poll(steps).toBe(done + 1);
      const first = await labelled();
      await stroke(b, pane(b), row(0.7));
      await expect.poll(steps).toBe(done + 2);
      const both = await labelled();
      expect(first.length).toBeGreaterThan(before.length);
      expect(both.length).toBeGreaterThan(first.length);
      expect(first.filter((voxel) => !both.includes(voxel))).toEqual([]);
      // Each shows its own stroke only, as far as it has heard; then that of the other window too.
      expect(await volume(a)).toBe(millilitresOf(first));
      for (const gate of gates) gate.open();
      for (const page of [a, b]) {
        await isSaved(page);
        await expect.poll(() => volume(page)).toBe(millilitresOf(both));
      }
      for (const page of [a, b]) {
        await page.reload();
        await pane(page).waitFor();
        await expect.poll(() => volume(page)).toBe(millilitresOf(both));
      }
    },
  );
});
