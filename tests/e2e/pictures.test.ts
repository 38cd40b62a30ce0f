import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import {
  addLabel,
  drag,
  goTo,
  isSaved,
  pane,
  place,
  pointIn,
  setNumbers,
  stroke,
  undoName,
} from './support/actions.ts';
import { sharedPath } from '../support/shared-data.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { suggestSeries } from './support/demo.ts';
import { colourOf, PICTURES, writePictures } from './support/draw-pictures.ts';

type Size = readonly [columns: number, rows: number];

/** The array in which all pictures lie. */
const arrayOf = (sizes: readonly Size[]): Size => [
  Math.max(...sizes.map(([columns]) => columns)),
  Math.max(...sizes.map(([, rows]) => rows)),
];
const ARRAY = arrayOf(PICTURES.map(({ columns, rows }) => [columns, rows]));
const [COLUMNS] = ARRAY;
/** Counted from 1. */
const PAINTED = 2;

const pictureView = (page: Page): Locator => pane(page, 'Pictures');
/** What the strip says of the picture in view. */
const describedOn = async (page: Page): Promise<string> =>
  (await page
    .getByRole('slider', { name: /^(Slice|Frame|Picture)$/ })
    .getAttribute('aria-valuetext')) ?? '';

/** Label values of a picture, counted from 1, in the array of all. */
async function labelsOf(
  app: App,
  stack: string,
  picture: number,
  [columns, rows]: Size,
): Promise<Uint8Array> {
  const slices = await askHost(app, 'annotation.voxels', { stack });
  const runs = slices.find(({ index }) => index === picture - 1)?.runs;
  return runs ? decodeRuns(runs, columns * rows) : new Uint8Array(columns * rows);
}
const count = (labels: Uint8Array): number => labels.reduce((sum, v) => sum + (v > 0 ? 1 : 0), 0);

/** One round of learning, which is kept. */
async function learn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Learn', exact: true }).click();
  const anyway = page.getByRole('button', { name: 'Keep anyway', exact: true });
  const version = page.getByText('default · Round 1');
  await version.or(anyway).first().waitFor({ timeout: 150_000 });
  if (await anyway.isVisible()) await anyway.click();
  await version.waitFor();
}

/** Exports what the dialog proposes, into the folder that the page may write to. */
async function exportMasks(app: App): Promise<void> {
  const { page } = app;
  await page.keyboard.press('Control+e');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await dialog.getByLabel('PNG masks').waitFor();
  expect(await dialog.getByLabel('PNG masks').isChecked()).toBe(true);
  // There is nothing that a volume would be made of.
  expect(await dialog.getByLabel('NIfTI').isEnabled()).toBe(false);
  await app.choose(() => dialog.getByRole('button', { name: 'Folder' }).click(), [app.root]);
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByText(/^\d+ files written to /).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

/** That a mask has the size of its picture, and in every pixel the label of the workspace. */
function expectMask(path: string, [columns, rows]: Size, labels: Uint8Array, array: Size): void {
  const { width, height, data } = PNG.sync.read(readFileSync(path));
  expect([width, height]).toEqual([columns, rows]);
  const differing = Array.from({ length: columns * rows }, (_, n) => n).filter(
    (n) => data[4 * n] !== labels[(n % columns) + array[0] * Math.floor(n / columns)],
  );
  expect(differing).toEqual([]);
}

/** A folder of colour pictures of several sizes, from opening it to the morning after a crash. */
inEachWindow('a folder of pictures', (openApp, kind) => {
  let app: App;
  let page: Page;
  let stack: string;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    writePictures(join(app.root, 'cases'));
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const pictures = (): Locator => pictureView(page);
  const said = (): Promise<string> => describedOn(page);
  const labelsOn = (picture: number): Promise<Uint8Array> => labelsOf(app, stack, picture, ARRAY);
  /** All that the window says of slices, on the screen and to readers of it. */
  const aboutSlices = (): Promise<string[]> =>
    page.evaluate(() =>
      [document.body, ...document.body.querySelectorAll('*')]
        .flatMap((element) => [
          ...[...element.childNodes].flatMap((node) =>
            node.nodeType === Node.TEXT_NODE ? [node.textContent ?? ''] : [],
          ),
          ...['aria-label', 'title', 'aria-valuetext', 'placeholder'].map(
            (name) => element.getAttribute(name) ?? '',
          ),
        ])
        .filter((text) => /slice/i.test(text)),
    );
  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });

  it('is one image of its pictures, each by its name, in one view', async () => {
    await app.choose(() => page.keyboard.press('Control+o'), [join(app.root, 'cases')]);
    await pictures().waitFor();
    expect(await place(page, 'Pictures')).toEqual([4, 6]);
    await page.getByText('case 4.png').first().waitFor();
    expect(await page.getByRole('img', { name: / \d+ \/ \d+$/ }).count()).toBe(1);
    const [source] = await askHost(app, 'sources.list', {});
    expect(source!.stacks).toMatchObject([{ kind: 'set', channels: 3, images: 6 }]);
    stack = source!.stacks[0]!.id;
  });

  it('has colours under the pointer, as the files have them', async () => {
    await goTo(page, 1, 'Pictures');
    await page.mouse.move(...(await pointIn(pictures(), [0.5, 0.5])));
    const at = await page.getByText(/^pixel \d+, \d+$/).innerText();
    const [u, v] = at.match(/\d+/g)!.map((n) => Number(n) - 1) as [number, number];
    const [red, green, blue] = colourOf(PICTURES[0]!, u, v);
    await page.getByText(`R ${red} G ${green} B ${blue}`).waitFor();
  });

  it('is painted within each picture alone, although others are larger', async () => {
    await addLabel(page, 'lump');
    await goTo(page, PAINTED, 'Pictures');
    await page.keyboard.press('b');
    // From the middle far beyond the lower edge.
    await stroke(page, pictures(), [
      [0.5, 0.5],
      [0.5, 0.98],
    ]);
    await expect.poll(() => undoName(page)).toBe('Brush “lump”');
    await isSaved(page);
    const { columns, rows } = PICTURES[PAINTED - 1]!;
    const labels = await labelsOn(PAINTED);
    expect(count(labels)).toBeGreaterThan(100);
    const beside = [...labels.keys()].filter(
      (n) => labels[n] !== 0 && (n % COLUMNS >= columns || n >= COLUMNS * rows),
    );
    expect(beside).toEqual([]);
    // The size of nothing is known in mm.
    await page.getByText(`${count(labels)} px`).waitFor();
  });

  it('is suggested, accepted and learned from', async () => {
    await setNumbers(page, { samples: 2, learningSteps: 2 });
    await suggestSeries(page);
    const list = await askHost(app, 'suggestions.list', { stack });
    expect(list.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    await page.keyboard.press('a');
    await expect.poll(said).toMatch(/^picture 2 · .* · corrected$/);
    await goTo(page, 5, 'Pictures');
    await page.keyboard.press('a');
    await expect.poll(said).toMatch(/^picture 5 · .* · accepted$/);
    await page.getByText('2 of 6 pictures decided').waitFor();
    await learn(page);
    await suggestSeries(page);
  });

  it('is spoken of as pictures, never as slices', async () => {
    expect(await aboutSlices()).toEqual([]);
    for (const [key, name] of [
      ['Control+Shift+A', 'Accept many pictures'],
      ['Control+e', 'Export'],
      ['?', 'Keys'],
      ['Control+,', 'Settings'],
    ] as const) {
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name });
      await dialog.waitFor();
      expect(await aboutSlices(), name).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
  });

  it('is exported as a mask for each picture that is decided, of its size, pixel by pixel', async () => {
    await exportMasks(app);
    const masks = join(app.root, 'masks');
    expect(readdirSync(masks).sort()).toEqual(['case 2.png', 'case 5.png']);
    for (const number of [2, 5]) {
      const { name, columns, rows } = PICTURES[number - 1]!;
      expectMask(join(masks, name), [columns, rows], await labelsOn(number), ARRAY);
    }
  });

  it('is looked over and chosen from as a sheet', async () => {
    await page.keyboard.press('Shift+X');
    const sheet = page.getByRole('dialog', { name: 'All pictures' });
    await sheet.getByRole('button', { name: /^case 1\.png/ }).waitFor();
    expect(await sheet.getByRole('button', { name: /\.png/ }).count()).toBe(6);
    await sheet.getByLabel('not decided 4').check();
    await expect.poll(() => sheet.getByRole('button', { name: /\.png/ }).count()).toBe(4);
    await sheet.getByRole('button', { name: /^case 6\.png/ }).click();
    await expect.poll(() => place(page, 'Pictures')).toEqual([6, 6]);
  });

  const kills = kind === 'double' ? ' (skipped: the double is the process of the tests)' : '';
  it.skipIf(kills !== '')(
    `is all there after a crash in the middle of a stroke${kills}`,
    async () => {
      const before = await annotation();
      const painted = await labelsOn(PAINTED);
      await page.keyboard.press('b');
      await drag(page, pictures(), [
        [0.4, 0.5],
        [0.5, 0.6],
      ]);
      await app.killHost();
      if (kind === 'browser') {
        await page.mouse.up();
        await page.getByText('Marginalia itself does not answer.').waitFor();
      }
      await app.startHost();
      await app.visit();
      page = app.page;
      await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
      await pictures().waitFor();
      expect(await annotation()).toEqual(before);
      expect(await labelsOn(PAINTED)).toEqual(painted);
      await page.getByText('default · Round 1').waitFor();
    },
  );

  it('leaves its files as they were', () => {
    expect(readdirSync(join(app.root, 'cases')).sort()).toEqual(PICTURES.map(({ name }) => name));
  });
});

const busi = sharedPath('data', 'pictures', 'BUSI', 'Val_Folder', 'img');
const missing = busi === undefined ? 'needs ../shared/data/pictures' : undefined;

/** What a person does with ultrasound pictures as a hospital published them. */
inEachWindow('ultrasound pictures of BUSI', (openApp) => {
  let app: App;
  let page: Page;
  let stack: string;
  /** As the set has them: in natural order. */
  let names: string[];
  let sizes: Size[];

  beforeAll(async () => {
    if (busi === undefined) return;
    app = await openApp();
    page = app.page;
    mkdirSync(join(app.root, 'busi'));
    const files = readdirSync(busi).filter((name) => /_(benign|malignant)/.test(name));
    files.sort(new Intl.Collator('en', { numeric: true }).compare);
    names = files.slice(0, 5);
    for (const name of names) copyFileSync(join(busi, name), join(app.root, 'busi', name));
    sizes = names.map((name) => {
      const { width, height } = PNG.sync.read(readFileSync(join(busi, name)));
      return [width, height];
    });
  });
  afterAll(() => app?.close());
  afterEach(() => expect(app?.problems ?? []).toEqual([]));

  it.skipIf(missing !== undefined)(
    `are suggested, corrected, learned from, suggested anew and exported, pixel by pixel${missing ? ` (skipped: ${missing})` : ''}`,
    async () => {
      const labelsOn = (picture: number): Promise<Uint8Array> =>
        labelsOf(app, stack, picture, arrayOf(sizes));
      await app.choose(() => page.keyboard.press('Control+o'), [join(app.root, 'busi')]);
      await pictureView(page).waitFor();
      const [source] = await askHost(app, 'sources.list', {});
      expect(source!.stacks).toMatchObject([{ kind: 'set', images: names.length }]);
      stack = source!.stacks[0]!.id;
      await addLabel(page, 'tumor in a breast ultrasound image');
      await setNumbers(page, { samples: 2, learningSteps: 2 });
      await suggestSeries(page);

      // The brush corrects the first two; the third is accepted as it is suggested.
      for (const picture of [1, 2]) {
        await goTo(page, picture, 'Pictures');
        await page.keyboard.press('b');
        await stroke(page, pictureView(page), [
          [0.45, 0.5],
          [0.55, 0.5],
        ]);
        await isSaved(page);
        await page.keyboard.press('a');
        await expect.poll(() => describedOn(page)).toMatch(/ · corrected$/);
        expect(count(await labelsOn(picture))).toBeGreaterThan(0);
      }
      await goTo(page, 3, 'Pictures');
      await page.keyboard.press('a');
      await expect.poll(() => describedOn(page)).toMatch(/^picture 3 · .* · accepted$/);
      await learn(page);
      await suggestSeries(page);
      const list = await askHost(app, 'suggestions.list', { stack });
      expect(list.map(({ index }) => index)).toEqual(names.map((_, k) => k));

      await exportMasks(app);
      const masks = join(app.root, 'masks');
      expect(readdirSync(masks).sort()).toEqual(names.slice(0, 3).sort());
      for (const [k, name] of names.slice(0, 3).entries())
        expectMask(join(masks, name), sizes[k]!, await labelsOn(k + 1), arrayOf(sizes));
    },
    400_000,
  );
});
