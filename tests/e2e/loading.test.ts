import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { addLabel, pane, pointIn } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';

const SLICES = 12;

inEachWindow('a series that is being read', (openApp) => {
  let app: App;
  let page: Page;
  /** Lets the voxels of the series come, which are held on their way. */
  const letCome = (): Promise<void> =>
    page.evaluate(() => void dispatchEvent(new Event('let-come')));

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    mkdirSync(join(app.root, 'ct'));
    await writePhantomSeries(join(app.root, 'ct'), { seed: 1_000_003, slices: SLICES, size: 96 });
    // In the page: requests of Electron's own schemes cannot be held from outside.
    await page.evaluate(() => {
      const { fetch } = window;
      const held = new Promise((resolve) => addEventListener('let-come', resolve));
      window.fetch = async (input, init) => {
        const givenUp = new Promise((resolve) => init?.signal?.addEventListener('abort', resolve));
        if (String(input).includes('/data/volume/')) await Promise.race([held, givenUp]);
        return fetch(input, init);
      };
    });
    const press = (): Promise<void> => page.getByRole('button', { name: /^Open a folder/ }).click();
    await app.choose(press, [join(app.root, 'ct')]);
    await pane(page).waitFor();
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const reading = () => page.locator('[aria-busy="true"]').getByRole('button', { name: 'Cancel' });
  /** What is said of the voxel in the middle of the large view. */
  async function readOut(): Promise<string> {
    const [x, y] = await pointIn(pane(page), [0.5, 0.5]);
    await page.mouse.move(x + 1, y);
    await page.mouse.move(x, y);
    return pane(page).locator('xpath=..').innerText();
  }

  it('shows its middle slice before the others, which have no values', async () => {
    await reading().waitFor();
    await expect.poll(readOut).toMatch(/-?\d+ HU/);
    await page.keyboard.press('Home');
    await expect.poll(readOut).toContain('not read yet');
    expect(await readOut()).not.toContain('HU');
  });

  it('can be looked at in other ways meanwhile', async () => {
    for (const key of ['j', 'Alt+1', 'Alt+2', 'Alt+3', 'j']) await page.keyboard.press(key);
    await expect.poll(readOut).toContain('not read yet');
    await reading().waitFor();
  });

  it('stays when it is stopped, says what is missing, and can be read again', async () => {
    await reading().click();
    const stopped = page.getByRole('status').filter({ hasText: 'Reading was stopped.' });
    await stopped.waitFor();
    await page.keyboard.press('Alt+1');
    await page.keyboard.press('Alt+3');
    await expect.poll(readOut).toContain('not read yet');
    await letCome();
    await stopped.getByRole('button', { name: 'Read the series' }).click();
    await stopped.waitFor({ state: 'hidden' });
    await page.keyboard.press('Home');
    await expect.poll(readOut).toMatch(/-?\d+ HU/);
    await addLabel(page, 'liver');
  });

  it('is there as a whole also where a late slice needs more bytes a voxel than was thought', async () => {
    const folder = join(app.root, 'wide');
    mkdirSync(folder);
    await writePhantomSeries(folder, { seed: 1_000_004, slices: SLICES, size: 96 });
    const last = join(folder, readdirSync(folder).sort().at(-1)!);
    const file = readFileSync(last);
    // Its rescale intercept.
    file.write('70000', file.indexOf('-1024'), 'latin1');
    writeFileSync(last, file);
    await app.choose(() => page.keyboard.press('Control+o'), [folder]);
    const valueAt = async (key: string): Promise<number> => {
      await page.keyboard.press(key);
      const [, value = ''] = /(-?[\d,]+) HU/.exec(await readOut()) ?? [];
      return Number(value.replace(',', '') || NaN);
    };
    await expect
      .poll(async () => [await valueAt('Home'), await valueAt('End')].map((n) => n > 60_000).sort())
      .toEqual([false, true]);
  });
});
