import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import {
  addLabel,
  drag,
  goTo,
  isListed,
  isSaved,
  pane,
  place,
  pointIn,
  prompt,
  setNumbers,
  stroke,
  undoName,
} from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { still } from './support/still.ts';

const SIZE = 96;
const SLICES = 6;

/** Goes on with Tab until the focus is there; it must be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let n = 0; n < 100; n++) {
    await page.keyboard.press('Tab');
    if (!(await target.evaluate((element) => element === document.activeElement))) continue;
    const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
    expect(outline).not.toBe('none');
    return;
  }
  throw new Error(`No way to ${target} by Tab.`);
}

inEachWindow('working', (openApp, kind) => {
  let app: App;
  let page: Page;
  let stack: string;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    const folder = join(app.root, 'phantom');
    mkdirSync(folder);
    await writePhantomSeries(folder, { seed: 1_000_002, slices: SLICES, size: SIZE });
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const picture = async (): Promise<string> => (await pane(page).screenshot()).toString('base64');
  /** The picture when what the page was told has been drawn, and nothing fades any more. */
  async function stillPicture(): Promise<string> {
    await still(page);
    return picture();
  }
  /** Voxels of a label in the whole label map, as the host keeps it. */
  async function voxelsOf(value: number): Promise<number[]> {
    const found: number[] = [];
    for (const { index, runs } of await askHost(app, 'annotation.voxels', { stack })) {
      decodeRuns(runs, SIZE * SIZE).forEach(
        (v, at) => v === value && found.push(index * SIZE * SIZE + at),
      );
    }
    return found;
  }

  async function chooseByKeys(): Promise<void> {
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Open a folder of images' });
    const press = async (name: string): Promise<void> => {
      const entry = dialog.getByRole('button', { name, exact: true });
      await entry.waitFor();
      await tabTo(page, entry);
      await page.keyboard.press('Enter');
    };
    await press(app.root);
    await isListed(page, app.root);
    await press('phantom');
    await isListed(page, join(app.root, 'phantom'));
    await press('Open this folder');
  }

  it('opens a series by the keyboard alone, the focus always seen', async () => {
    await page.getByRole('heading', { name: 'Marginalia' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: /^Open a folder/ }));
    if (kind === 'browser') await chooseByKeys();
    else await app.choose(() => page.keyboard.press('Enter'), [join(app.root, 'phantom')]);
    await pane(page).waitFor();
    const [source] = await askHost(app, 'sources.list', {});
    stack = source!.stacks[0]!.id;
  });

  it('shows all keys at a question mark, and moves by them', async () => {
    await page.keyboard.press('?');
    const overlay = page.getByRole('dialog', { name: 'Keys' });
    await overlay.getByText('Accept and go on').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('End');
    await expect.poll(() => place(page)).toEqual([SLICES, SLICES]);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => place(page)).toEqual([SLICES - 1, SLICES]);
    await tabTo(page, button('Eraser').or(button('Crosshair')).first());
    await page.keyboard.press('b');
  });

  it('keeps a locked label, whoever paints', async () => {
    await addLabel(page, 'liver');
    await page.keyboard.press('b');
    await expect.poll(() => button('Brush').getAttribute('aria-pressed')).toBe('true');
    await goTo(page, 3);
    await stroke(page, pane(page), [
      [0.3, 0.5],
      [0.6, 0.5],
    ]);
    await expect.poll(async () => (await voxelsOf(1)).length).toBeGreaterThan(20);
    const liver = await voxelsOf(1);
    await page.keyboard.press('k');
    await button('Unlock liver').waitFor();
    await isSaved(page);
    await stroke(page, pane(page), [
      [0.3, 0.6],
      [0.6, 0.6],
    ]);
    await page.getByRole('alert').filter({ hasText: '“liver” is locked.' }).waitFor();
    await addLabel(page, 'body');
    await stroke(page, pane(page), [
      [0.45, 0.3],
      [0.45, 0.7],
    ]);
    await expect.poll(async () => (await voxelsOf(2)).length).toBeGreaterThan(20);
    expect(await voxelsOf(1)).toEqual(liver);
    expect(await undoName(page)).toBe('Brush “body”');
  });

  it('keeps a locked label when a suggestion is accepted over it', async () => {
    const liver = await voxelsOf(1);
    await setNumbers(page, { samples: 1, learningSteps: 2 });
    await page.keyboard.press('k');
    await button('Unlock body').waitFor();
    await page.keyboard.press('1');
    await page.keyboard.press('k');
    await button('Lock liver').waitFor();
    await page.keyboard.press('s');
    await button('Suggest series').waitFor();
    await expect
      .poll(async () => (await askHost(app, 'suggestions.list', { stack })).length)
      .toBe(1);
    await page.keyboard.press('k');
    await button('Unlock liver').waitFor();
    await page.keyboard.press('a');
    await page.getByText('1 corrected').waitFor();
    await isSaved(page);
    expect(await voxelsOf(1)).toEqual(liver);
  });

  it('hides a suggestion until the slice is decided, where one annotates first', async () => {
    await page.keyboard.press('k');
    await button('Lock liver').waitFor();
    await page.keyboard.press('Control+,');
    await button('View and work').click();
    await page.getByLabel('Annotate first, then reveal', { exact: true }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Settings' }).waitFor({ state: 'hidden' });
    await page.getByText('Hidden until a slice is decided').first().waitFor();
    await goTo(page, 4);
    await page.mouse.move(5, 400);
    const before = await stillPicture();
    await page.keyboard.press('s');
    await expect
      .poll(async () => (await askHost(app, 'suggestions.list', { stack })).length)
      .toBe(2);
    await button('Suggest series').waitFor();
    expect(await stillPicture()).toBe(before);
    await page.keyboard.press('o');
    await expect.poll(picture).not.toBe(before);
    await page.keyboard.press('o');
    await expect.poll(picture).toBe(before);
    // Decided: now the doubt may be seen.
    await page.keyboard.press('r');
    await expect.poll(picture).not.toBe(before);
  });

  it('goes on when the engine was killed, and says so', async () => {
    await goTo(page, 5);
    await app.killEngine();
    await page.keyboard.press('s');
    await page
      .getByText(/^The engine stopped and was started again/)
      .first()
      .waitFor();
    await expect
      .poll(async () => (await askHost(app, 'suggestions.list', { stack })).length)
      .toBe(3);
    // Something can be done about it.
    await page
      .getByRole('region', { name: 'Notices' })
      .getByRole('button', { name: 'Settings…' })
      .click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await page.keyboard.press('Escape');
    await goTo(page, 4);
  });

  it('keeps a prompt, and proposes it for labels of that name', async () => {
    const propose = () => askHost(app, 'labels.proposePrompt', { stack, name: 'liver' });
    const { prompt: before } = await propose();
    const choose = async (entry: string): Promise<void> => {
      await button('Prompts to choose from').first().click();
      await page.getByText(entry, { exact: true }).click();
    };
    await button('liver').click();
    await prompt(page, 'liver').fill(`all of the ${before}`);
    await page.keyboard.press('Enter');
    await choose('Keep this prompt');
    await expect.poll(propose).toEqual({ prompt: `all of the ${before}` });
    await choose('Forget this prompt');
    await expect.poll(propose).toEqual({ prompt: before });
    await page.keyboard.press('Escape');
    await pane(page).focus();
  });

  const gone = kind === 'browser' ? '' : ' (skipped: a window of Electron is gone with its host)';
  describe.skipIf(gone !== '')(`while the host is gone${gone}`, () => {
    /**
     * The host dies and is started again; comes back as the banner says: by another window.
     * @param meanwhile what is done while it is away.
     */
    async function loseHost(meanwhile?: () => Promise<void>): Promise<void> {
      // What is said to wait is what is done from now on.
      await isSaved(page);
      await app.killHost();
      const banner = page
        .getByRole('alert')
        .filter({ hasText: 'Marginalia itself does not answer.' });
      await banner.waitFor();
      expect(await banner.innerText()).toContain('open the address that it printed');
      await meanwhile?.();
      await app.startHost();
      const other = await page.context().newPage();
      await app.visit(other);
      await banner.waitFor({ state: 'hidden' });
      await other.close();
      await pane(page).waitFor();
      await expect.poll(() => askHost(app, 'sources.list', {})).toHaveLength(1);
    }

    it('says when the host is gone, keeps what is painted meanwhile, and goes on when it is back', async () => {
      const before = (await voxelsOf(1)).length;
      await loseHost(async () => {
        await stroke(page, pane(page), [
          [0.3, 0.3],
          [0.6, 0.3],
        ]);
        await page.getByText('not saved 1 change').waitFor();
      });
      await expect.poll(async () => (await voxelsOf(1)).length).toBeGreaterThan(before);
      expect(await undoName(page)).toBe('Brush “liver”');
      const liver = await voxelsOf(1);
      expect(await place(page)).toEqual([4, SLICES]);
      await goTo(page, 6);
      await stroke(page, pane(page), [
        [0.3, 0.5],
        [0.6, 0.5],
      ]);
      await expect.poll(async () => (await voxelsOf(1)).length).toBeGreaterThan(liver.length);
    });

    it('goes on with a stroke during which the host was gone', async () => {
      const before = new Set(await voxelsOf(1));
      await drag(page, pane(page), [
        [0.3, 0.7],
        [0.45, 0.7],
      ]);
      await loseHost();
      await page.mouse.move(...(await pointIn(pane(page), [0.6, 0.7])), { steps: 6 });
      await page.mouse.up();
      const added = async (): Promise<number[]> =>
        (await voxelsOf(1)).filter((at) => !before.has(at));
      await expect.poll(added).not.toEqual([]);
      // The same way in one go adds nothing to it.
      const now = await voxelsOf(1);
      await stroke(page, pane(page), [
        [0.3, 0.7],
        [0.45, 0.7],
        [0.6, 0.7],
      ]);
      await addLabel(page, 'done');
      expect(await voxelsOf(1)).toEqual(now);
    });

    it('does what was asked for while the host was gone once, in its order, and refuses what cannot wait', async () => {
      const names = async (): Promise<string[]> =>
        (await askHost(app, 'annotation.get', { stack })).undo;
      const labels = async (): Promise<string[]> =>
        (await askHost(app, 'annotation.get', { stack })).labels.map(({ name }) => name);
      const refused = (what: string): Promise<void> =>
        page
          .getByRole('alert')
          .filter({ hasText: `“${what}” needs Marginalia itself` })
          .waitFor();
      await addLabel(page, 'vessel');
      for (const slice of [4, 6]) {
        await goTo(page, slice);
        await stroke(page, pane(page), [
          [0.3, 0.2],
          [0.6, 0.2],
        ]);
      }
      const two = ['Brush “vessel”', 'Brush “vessel”'];
      await expect.poll(async () => (await names()).slice(0, 2)).toEqual(two);
      const before = await names();
      await loseHost(async () => {
        await page.keyboard.press('l');
        await refused('Add a label');
        await page.keyboard.press('s');
        await refused('Suggest this slice');
        await stroke(page, pane(page), [
          [0.3, 0.8],
          [0.6, 0.8],
        ]);
        await page.keyboard.press('Control+z');
        await page.keyboard.press('Control+z');
        await page.keyboard.press('Control+Shift+z');
        await page.keyboard.press('i');
        await page.getByText('5 changes wait to be saved').waitFor();
      });
      await expect.poll(names).toEqual(['Interpolate “vessel”', ...before]);
      const filled = (await voxelsOf(4)).filter((at) => Math.floor(at / SIZE ** 2) === 4);
      expect(filled).not.toEqual([]);
      await loseHost(async () => {
        await button('More for vessel').click();
        await page.getByText('Remove', { exact: true }).click();
        await button('vessel').waitFor({ state: 'detached' });
      });
      await expect.poll(labels).not.toContain('vessel');
      await page.getByText('“vessel” was removed.').waitFor();
      await loseHost(async () => {
        await page.keyboard.press('Control+z');
        await page.getByText('“vessel” was removed.').waitFor({ state: 'detached' });
      });
      await button('vessel').waitFor();
      expect(await names()).toEqual(['Interpolate “vessel”', ...before]);
      expect((await voxelsOf(4)).filter((at) => Math.floor(at / SIZE ** 2) === 4)).toEqual(filled);
    });
  });

  it('finds what was painted when it is opened again, and gives the page nothing of Node', async () => {
    const liver = await voxelsOf(1);
    const last = await undoName(page);
    await page.getByText(/^saved/).waitFor();
    await app.endHost();
    await app.startHost();
    page = app.page;
    await page.evaluate(() => sessionStorage.clear());
    await app.visit();
    await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
    await pane(page).waitFor();
    await expect.poll(() => undoName(page)).toBe(last);
    expect(await voxelsOf(1)).toEqual(liver);
    expect(
      await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window)),
    ).toEqual([]);
  });
});
