import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { addLabel, goTo, isSaved, pane, stroke, undoName } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const SIZE = 64;

inEachWindow('two windows on one workspace', (openApp, kind) => {
  const single = kind === 'browser' ? '' : ' (skipped: the desktop has one window)';
  let app: App;
  let one: Page;
  let stack: string;

  beforeAll(async () => {
    app = await openApp();
    one = app.page;
    mkdirSync(join(app.root, 'ct'));
    await writePhantomSeries(join(app.root, 'ct'), { seed: 1_000_013, slices: 4, size: SIZE });
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const voxels = async (): Promise<number> => {
    const slices = await askHost(app, 'annotation.voxels', { stack });
    return slices.flatMap(({ runs }) => [...decodeRuns(runs, SIZE * SIZE)].filter(Boolean)).length;
  };
  /** How much is labelled, as a window shows it. */
  const volume = (page: Page): Promise<string> => page.getByText(/^[\d.]+ ml$/).innerText();
  const row = (y: number) =>
    [
      [0.3, y],
      [0.6, y],
    ] as const;

  it.skipIf(single !== '')(
    `show each other's strokes, labels and undo at once${single}`,
    async () => {
      const [a, b] = [one, await one.context().newPage()];
      await app.choose(() => a.keyboard.press('Control+o'), [join(app.root, 'ct')]);
      await pane(a).waitFor();
      stack = (await askHost(app, 'sources.list', {}))[0]!.stacks[0]!.id;
      await app.visit(b);
      await b
        .getByRole('button', { name: /^(?!.*not a volume).*CT · 4/ })
        .first()
        .click();
      await pane(b).waitFor();
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
});
