import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { dicomdirMissing, makeDicomdir } from '../support/dicomdir.ts';
import { sharedPath } from '../support/shared-data.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const SLICES = 6;
const SIZE = 64;

inEachWindow('opening', (openApp) => {
  let app: App;
  let page: Page;
  const shared = sharedPath('data');
  /** A series that was made for the test, in the folder `phantom`. */
  let phantom: string;

  beforeAll(async () => {
    app = await openApp(shared === undefined ? [] : [shared]);
    page = app.page;
    phantom = at('phantom');
    await writePhantomSeries(phantom, { seed: 1_000_003, slices: SLICES, size: SIZE });
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));
  beforeEach(async () => {
    await page.keyboard.press('Escape');
    for (const { id } of await askHost(app, 'sources.list', {}))
      await askHost(app, 'sources.close', { source: id });
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByRole('heading', { name: 'Opened before' }).waitFor();
  });

  const at = (...names: string[]): string => join(app.root, ...names);
  const button = (name: string | RegExp): Locator =>
    page.getByRole('button', { name, exact: typeof name === 'string' });
  const sources = (): Promise<CallOutput<'sources.list'>> => askHost(app, 'sources.list', {});

  async function openFolder(...names: readonly string[]): Promise<void> {
    await app.choose(() => page.keyboard.press('Control+o'), [join(...names)]);
  }

  async function openFiles(folder: string, ...names: readonly string[]): Promise<void> {
    const paths = names.map((name) => join(folder, name));
    await app.choose(() => page.keyboard.press('Control+Shift+o'), paths);
  }

  const isShown = (slices: number, plane = 'Axial'): Promise<void> =>
    page.getByRole('img', { name: new RegExp(`^${plane} \\d+ / ${slices}$`) }).waitFor();

  /** What the page says of files: how many were loaded, and of each other one what it is and why. */
  async function listOfFiles(): Promise<{ loaded: number; others: string[][] }> {
    await button(/files? skipped/).click();
    const dialog = page.getByRole('dialog', { name: 'Files' });
    const loaded = parseInt(await dialog.getByText(/^\d+ files? loaded/).innerText());
    const rows = await dialog.getByRole('row').all();
    const others = await Promise.all(
      rows.slice(1).map((row) => row.getByRole('cell').allInnerTexts()),
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    return { loaded, others };
  }

  /** No file of a folder may be without an outcome, or have two. */
  async function isAccountedFor(
    folder: string,
    files: Awaited<ReturnType<typeof listOfFiles>>,
  ): Promise<void> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
      (entry) => !entry.isDirectory(),
    );
    expect(files.loaded + files.others.length).toBe(names.length);
    expect(new Set(files.others.map(([, , path]) => path)).size).toBe(files.others.length);
    for (const [what, why] of files.others)
      expect([what, why]).toEqual([
        expect.stringMatching(/^(skipped|failed)$/),
        expect.stringMatching(/./),
      ]);
    const [source] = await sources();
    expect(source!.loaded).toBe(files.loaded);
  }

  describe('a series as scanners write it', () => {
    it.skipIf(shared === undefined)(
      `is found in its folder and shown${missing('mr-small')}`,
      async () => {
        await openFolder(shared!, 'mr-small', 'hippocampus-crop');
        await isShown(32);
        await page
          .getByRole('banner')
          .getByText('MR · Series')
          .or(page.getByText(/32 slices · 35×51/))
          .first()
          .waitFor();
        const item = page
          .getByRole('complementary', { name: 'Series and queue' })
          .getByRole('button', { name: /HippoCrop/ });
        const picture = item.locator('img');
        await expect
          .poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth))
          .toBeGreaterThan(0);
        expect(await sources()).toMatchObject([{ loaded: 32, skipped: 0, failed: 0 }]);
      },
    );

    it.skipIf(shared === undefined)(
      `with three phases at the same positions is listed as three, which say whole what parted them${missing('hard-series')}`,
      async () => {
        await openFolder(shared!, 'hard-series', 'three-phases-by-number-alone');
        await isShown(16);
        const phases = page
          .getByRole('complementary', { name: 'Series and queue' })
          .getByRole('button', { name: /HippoCrop/ });
        expect(await phases.count()).toBe(3);
        for (const [k, phase] of (await phases.all()).entries()) {
          const words = phase.getByText(`phase ${k + 1} of 3 by instance number`, { exact: true });
          // What does not fit is cut off.
          expect(await words.evaluate((el) => el.scrollHeight <= el.clientHeight)).toBe(true);
        }
        await phases.nth(2).click();
        await page.locator('[aria-current=true]').getByText('phase 3 of 3').waitFor();
        await isShown(16);
      },
    );

    it.skipIf(shared === undefined)(
      `with a tilted gantry is shown as it was acquired with the reason, and resampled when the user says so${missing('ct-gantry-tilt')}`,
      async () => {
        await openFolder(shared!, 'ct-gantry-tilt');
        await isShown(28);
        // Nothing lies across slices that lie on no grid.
        expect(await page.getByRole('region', { name: /slices$/ }).count()).toBe(1);
        const chip = button(/Geometry of the series/);
        expect(await chip.innerText()).toMatch(/uneven, tilted/);
        await chip.click();
        await page.getByText(/gantry tilt: the slices lean 18\.5°/).waitFor();
        await page.getByText(/varies from 1\.08 to 7 mm/).waitFor();
        await button('Resample onto a regular grid').click();
        await page.getByRole('region', { name: 'Sagittal slices' }).waitFor();
        await chip.click();
        await page.getByText(/resampled .*linear/i).waitFor();
        await page.keyboard.press('Escape');

        // What was looked at last is opened again, as it was.
        await page.getByRole('button', { name: 'Add a label', disabled: false }).waitFor();
        await page.reload();
        await page.getByRole('region', { name: 'Sagittal slices' }).waitFor();
      },
    );

    it.skipIf(shared === undefined)(
      `that is oblique says so, and is shown in its own planes${missing('mr-oblique')}`,
      async () => {
        await openFolder(shared!, 'mr-oblique', 'flair');
        await isShown(22);
        expect(await button(/Geometry of the series/).innerText()).toMatch(/oblique/);
        await button(/Geometry of the series/).click();
        await page.getByText("turned 15.5° from the axial plane's axes").waitFor();
      },
    );
  });

  describe('every file is accounted for', () => {
    it.skipIf(shared === undefined)(`in a folder of everything${missing('dialects')}`, async () => {
      await openFolder(shared!, 'dialects', 'pydicom', 'test_files');
      await button(/files skipped · \d+ failed/).waitFor();
      const files = await listOfFiles();
      await isAccountedFor(join(shared!, 'dialects', 'pydicom', 'test_files'), files);
      expect(files.others).toContainEqual([
        'skipped',
        'an RT structure set: holds no pixels',
        expect.stringContaining('rtstruct.dcm'),
      ]);
      expect(files.others).toContainEqual([
        'failed',
        expect.stringMatching(/truncated: \d+ of \d+ bytes are missing/),
        expect.stringContaining('MR_truncated.dcm'),
      ]);
    });

    it('where one is cut off: the others are shown, and it is told what is missing', async () => {
      cpSync(phantom, at('cut'), { recursive: true });
      truncateSync(at('cut', '0006.dcm'), 4000);
      writeFileSync(at('cut', 'notes.txt'), 'No image.');
      writeFileSync(at('cut', 'empty.dcm'), '');
      copyFileSync(at('cut', '0001.dcm'), at('cut', 'copy.dcm'));
      await openFolder(app.root, 'cut');
      await isShown(SLICES - 1);
      const files = await listOfFiles();
      await isAccountedFor(at('cut'), files);
      expect(files.others).toEqual([
        [
          'failed',
          expect.stringMatching(/^the file is truncated: \d+ of \d+ bytes are missing$/),
          at('cut', '0006.dcm'),
        ],
        ['failed', 'the file is empty', at('cut', 'empty.dcm')],
        ['skipped', `a copy of ${at('cut', '0001.dcm')}`, at('cut', 'copy.dcm')],
        ['skipped', 'not an image file that can be read', at('cut', 'notes.txt')],
      ]);
    });

    it('where a slice in the middle is cut off: the gap is told, and nothing is made up', async () => {
      cpSync(phantom, at('gap'), { recursive: true });
      truncateSync(at('gap', '0003.dcm'), 4000);
      await openFolder(app.root, 'gap');
      await isShown(SLICES - 1);
      await button(/Geometry of the series/).click();
      await page.getByText(/1 slice is missing between/).waitFor();
      await page.keyboard.press('Escape');
      await isAccountedFor(at('gap'), await listOfFiles());
      await button(/Geometry of the series/).click();
      await button('Resample onto a regular grid').click();
      await isShown(SLICES);
    });

    it('where none is an image, whatever was open before', async () => {
      mkdirSync(at('none'));
      writeFileSync(
        at('none', 'half.dcm'),
        readFileSync(join(phantom, '0001.dcm')).subarray(0, 500),
      );
      writeFileSync(at('none', 'notes.txt'), 'No image.');
      await openFolder(app.root, 'none');
      await page.getByRole('heading', { name: 'No file here is an image to label' }).waitFor();
      await isAccountedFor(at('none'), await listOfFiles());
      await openFolder(app.root, 'phantom');
      await isShown(SLICES);
      await openFolder(app.root, 'none');
      await page.getByText('Nothing in “none” is an image that can be labelled.').waitFor();
      await button('List of files').click();
      await page
        .getByRole('cell', { name: 'ends inside its header, or its header is damaged' })
        .waitFor();
      await page.keyboard.press('Escape');
      await isShown(SLICES);
    });
  });

  describe('what cannot be opened', () => {
    const failure = (name: string): Promise<void> =>
      page.getByRole('heading', { name: `“${name}” could not be opened` }).waitFor();

    it('is told where a folder has no image at all; its name stays out of the report', async () => {
      mkdirSync(at('Letters of Jane Doe'));
      for (const n of [1, 2])
        writeFileSync(at('Letters of Jane Doe', `${n}.txt`), 'Dear colleague');
      await openFolder(app.root, 'Letters of Jane Doe');
      await failure('Letters of Jane Doe');
      await page
        .getByText(/^There is no image file that can be read in .* \(2 files looked at\)\.$/)
        .waitFor();
      const report = await page.locator('pre').innerText();
      expect(report).toContain('Error no-dicom-found');
      expect(report).not.toMatch(/Jane|Doe|marginalia-e2e/);
      await button('Back').click();
      await page.getByRole('heading', { name: 'Opened before' }).waitFor();
    });

    it('is told where the folder is gone, and opened once it is back', async () => {
      cpSync(phantom, at('away'), { recursive: true });
      const goAway = (): void => renameSync(at('away'), at('moved'));
      await app.choose(() => page.keyboard.press('Control+o'), [at('away')], goAway);
      await failure('away');
      await page
        .getByText(/^There is no file or folder /)
        .first()
        .waitFor();
      renameSync(at('moved'), at('away'));
      await button('Try again').click();
      await isShown(SLICES);
    });
  });

  describe('files', () => {
    it('that were chosen one by one are opened, and no others', async () => {
      await openFiles(phantom, '0001.dcm', '0002.dcm', '0003.dcm');
      await isShown(3);
      expect(await sources()).toMatchObject([{ loaded: 3, skipped: 0, failed: 0 }]);
    });

    it('in a zip are opened', async () => {
      const entries = readdirSync(phantom).map(
        (name) => [`study/${name}`, new Uint8Array(readFileSync(join(phantom, name)))] as const,
      );
      const notes = ['study/notes.txt', new TextEncoder().encode('No image.')] as const;
      writeFileSync(at('series.zip'), zipSync(Object.fromEntries([...entries, notes])));
      await openFiles(app.root, 'series.zip');
      await isShown(SLICES);
      expect((await listOfFiles()).others).toEqual([
        ['skipped', 'not an image file that can be read', `${at('series.zip')}!study/notes.txt`],
      ]);
    });

    it.skipIf(dicomdirMissing !== undefined)(
      `that a DICOMDIR names are opened${dicomdirMissing ? ` (skipped: ${dicomdirMissing})` : ''}`,
      async () => {
        mkdirSync(at('disc'));
        const names = readdirSync(phantom).map((_, k) => `IM${k}`);
        names.forEach((name, k) =>
          copyFileSync(join(phantom, `000${k + 1}.dcm`), at('disc', name)),
        );
        makeDicomdir(at('disc'), names);
        rmSync(at('disc', 'IM5'));
        await openFiles(at('disc'), 'DICOMDIR');
        await isShown(SLICES - 1);
        expect((await listOfFiles()).others.map(([what, why]) => [what, why])).toEqual([
          ['failed', 'is not there, but named by DICOMDIR'],
          ['skipped', 'a directory of files (DICOMDIR)'],
        ]);
      },
    );
  });

  it('what the command was given needs no further press', async () => {
    const other = await openApp([], [phantom]);
    await other.page.getByRole('img', { name: new RegExp(`^Axial \\d+ / ${SLICES}$`) }).waitFor();
    expect(other.problems).toEqual([]);
    await other.close();
  });

  it('has long names cut, not spilt', async () => {
    const long = 'Untersuchungsprotokollbezeichnung_ohne_jede_Luecke_0123456789_xyz';
    const folder = `${'Ein sehr langer Ordnername '.repeat(7)}und-ein-Wort-ohne-Luecke`;
    mkdirSync(at(folder));
    for (const name of readdirSync(phantom)) {
      writeFileSync(at(folder, name), renamed(readFileSync(join(phantom, name)), long));
    }
    await openFolder(app.root, folder);
    await isShown(SLICES);
    await button(new RegExp(long)).waitFor();
    expect(await spilt(page)).toEqual([]);
    expect((await sources())[0]!.stacks[0]).toMatchObject({
      description: long,
      patientName: `${long}^${long}`,
    });
    await askHost(app, 'sources.close', { source: (await sources())[0]!.id });
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByRole('region', { name: 'Opened before' }).getByText(long).waitFor();
    expect(await spilt(page)).toEqual([]);
  });

  it('again is one press away after a restart, unless it is gone; and it can be forgotten', async () => {
    cpSync(phantom, at('lost'), { recursive: true });
    await openFolder(app.root, 'lost');
    await isShown(SLICES);
    await openFolder(app.root, 'phantom');
    // Until then the series before is shown, which has as many slices.
    await expect
      .poll(async () => (await sources()).map(({ paths }) => paths))
      .toContainEqual([phantom]);
    await isShown(SLICES);
    rmSync(at('lost'), { recursive: true });
    await app.endHost();
    await app.startHost();
    page = app.page;
    await page.evaluate(() => sessionStorage.clear());
    await app.visit();
    const recents = page.getByRole('region', { name: 'Opened before' });
    const entry = (name: string): Locator =>
      recents.getByRole('listitem').filter({ hasText: at(name) });
    await entry('lost').getByText('not there any more').waitFor();
    expect(await entry('lost').getByRole('button').first().isDisabled()).toBe(true);
    await entry('lost')
      .getByRole('button', { name: /^Forget / })
      .click();
    await entry('lost').waitFor({ state: 'hidden' });
    await entry('phantom').getByRole('button').first().click();
    await isShown(SLICES);
    expect(await sources()).toMatchObject([{ paths: [phantom], loaded: SLICES }]);
  });
});

/** For the title of a test that needs real data. */
function missing(folder: string): string {
  return sharedPath('data', folder) === undefined
    ? ` (skipped: needs ../shared/data/${folder}, which is not here)`
    : '';
}

/** A DICOM file, explicit little endian, whose texts of a patient, a study and a series are others. */
function renamed(bytes: Buffer, text: string): Buffer {
  const texts: [number[], string][] = [
    [[0x08, 0, 0x30, 0x10, 0x4c, 0x4f], text],
    [[0x08, 0, 0x3e, 0x10, 0x4c, 0x4f], text],
    [[0x10, 0, 0x10, 0, 0x50, 0x4e], `${text}^${text}`],
    [[0x10, 0, 0x20, 0, 0x4c, 0x4f], text],
  ];
  return texts.reduce((file, [tagAndType, value]) => {
    const start = file.indexOf(Buffer.from(tagAndType)) + 6;
    const even = Buffer.from(value.length % 2 === 0 ? value : `${value} `);
    const length = Buffer.from([even.length & 255, even.length >> 8]);
    return Buffer.concat([
      file.subarray(0, start),
      length,
      even,
      file.subarray(start + 2 + file.readUInt16LE(start)),
    ]);
  }, bytes);
}

/** Texts that reach out of the window, or make it scroll. */
const spilt = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls'] : [];
    const out = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== '',
      );
      if (!hasText || width === 0) return false;
      const clips = element.closest('.cut, .unseen-text');
      const box = clips?.getBoundingClientRect();
      return (box?.right ?? right) > innerWidth + 1 || (box?.left ?? left) < -1;
    });
    return [...wide, ...out.map(({ textContent }) => textContent!.trim())];
  });
