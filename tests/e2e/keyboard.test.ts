import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { addLabel, goTo, pane, place } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const SLICES = 4;
const LABELS = 9;

inEachWindow('working by the keyboard', (openApp) => {
  let app: App;
  let page: Page;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    const folder = join(app.root, 'ct');
    mkdirSync(folder);
    await writePhantomSeries(folder, { seed: 1_000_017, slices: SLICES, size: 48 });
    await app.choose(() => page.keyboard.press('Control+o'), [folder]);
    await pane(page).waitFor();
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const name = (n: number): Locator => page.getByRole('button', { name: `node ${n}`, exact: true });
  const isInView = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => {
      const [list, own] = [element.closest('ul')!, element].map((one) =>
        one.getBoundingClientRect(),
      );
      return own!.top >= list!.top - 1 && own!.bottom <= list!.bottom + 1;
    });
  const hasFocus = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => element === document.activeElement);

  it('gives the focus back when a label is named, and shows the label that is worked on', async () => {
    await pane(page).focus();
    for (let n = 1; n <= LABELS; n++) {
      await addLabel(page, `node ${n}`);
      await expect.poll(() => hasFocus(pane(page))).toBe(true);
      await expect.poll(() => isInView(name(n))).toBe(true);
    }
    await page.keyboard.press('1');
    await expect.poll(() => isInView(name(1))).toBe(true);
    expect(await isInView(name(LABELS))).toBe(false);
    // Written by a user who gives up.
    await name(1).press('F2');
    await page.getByRole('textbox', { name: 'Name of the label' }).press('Escape');
    await expect.poll(() => hasFocus(name(1))).toBe(true);
  });

  it('accepts and goes on to the next slice where no queue says which, and shows what is taken back', async () => {
    const [source] = await askHost(app, 'sources.list', {});
    const { id: stack } = source!.stacks[0]!;
    await pane(page).focus();
    await goTo(page, 1);
    for (const next of [2, 3]) {
      await page.keyboard.press('Shift+A');
      await expect.poll(() => place(page)).toEqual([next, SLICES]);
    }
    const review = async () => (await askHost(app, 'annotation.get', { stack })).review;
    await expect.poll(review).toEqual(['corrected', 'corrected', 'unseen', 'unseen']);
    // What is taken back is seen.
    await page.keyboard.press('Control+z');
    await expect.poll(() => place(page)).toEqual([2, SLICES]);
    await expect.poll(review).toEqual(['corrected', 'unseen', 'unseen', 'unseen']);
    await page.keyboard.press('Control+z');
    await expect.poll(() => place(page)).toEqual([1, SLICES]);
    await page.keyboard.press('End');
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => place(page)).toEqual([1, SLICES]);
  });
});
