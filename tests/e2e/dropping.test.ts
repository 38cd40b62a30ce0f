import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const SLICES = 120;

inEachWindow('dropping files', (openApp, kind) => {
  let app: App;
  let page: Page;
  let devtools: CDPSession;
  /** In no folder that the page may open. */
  const outside = (...names: string[]): string => join(dirname(app.root), 'elsewhere', ...names);

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    devtools = await page.context().newCDPSession(page);
    mkdirSync(outside('study', 'deeper'), { recursive: true });
    // More than a browser lists at once.
    await writePhantomSeries(outside('study', 'deeper', 'ct'), {
      seed: 1_000_007,
      slices: SLICES,
      size: 16,
    });
    writeFileSync(outside('study', 'notes.txt'), 'No image.');
    await page.getByRole('heading', { name: 'Marginalia' }).waitFor();
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  /** Drags files from the system onto the page. */
  async function drag(files: readonly string[]): Promise<void> {
    const data = { items: [], files: [...files], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver'] as const)
      await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
  const drop = (files: readonly string[]) =>
    devtools.send('Input.dispatchDragEvent', {
      type: 'drop',
      x: 300,
      y: 300,
      data: { items: [], files: [...files], dragOperationsMask: 1 },
    });

  const hidden = kind === 'double' ? ' (skipped: its page cannot know where files lie)' : '';
  it.skipIf(hidden !== '')(
    `says what will happen, and opens a folder with all that is in it${hidden}`,
    async () => {
      await drag([outside('study')]);
      await page.getByText('Drop to open').waitFor();
      expect(await page.getByText('they are copied into the workspace').isVisible()).toBe(
        kind === 'browser',
      );
      await drop([outside('study')]);
      await page.getByRole('img', { name: new RegExp(`^Axial \\d+ / ${SLICES}$`) }).waitFor();
      const [source] = await askHost(app, 'sources.list', {});
      expect(source).toMatchObject({ loaded: SLICES, skipped: 1, failed: 0 });
      expect(source!.paths[0]!.endsWith('study')).toBe(true);
      expect(readdirSync(outside('study')).sort()).toEqual(['deeper', 'notes.txt']);
    },
  );

  const copies = kind === 'browser' ? '' : ' (skipped: nothing is copied)';
  it.skipIf(copies !== '')(
    `opens the copy that is there when the same is dropped again${copies}`,
    async () => {
      const dropped = join(dirname(app.root), 'workspace', 'dropped');
      const [before] = readdirSync(dropped);
      const answers: string[] = [];
      page.on('request', (request) => request.method() === 'PUT' && answers.push(request.url()));
      const dropAgain = async (): Promise<void> => {
        await drag([outside('study')]);
        await drop([outside('study')]);
      };
      for (const { id } of await askHost(app, 'sources.list', {}))
        await askHost(app, 'sources.close', { source: id });
      await dropAgain();
      await expect.poll(async () => (await askHost(app, 'sources.list', {})).length).toBe(1);
      expect(answers).toEqual([]);
      expect(readdirSync(dropped)).toEqual([before]);
      // Of the same length, but not the same.
      writeFileSync(outside('study', 'notes.txt'), 'No omage.');
      await dropAgain();
      await expect.poll(async () => (await askHost(app, 'sources.list', {})).length).toBe(2);
      await expect.poll(() => answers.length).toBe(SLICES + 1);
      expect(readdirSync(dropped)).toHaveLength(2);
    },
  );

  it.skipIf(hidden !== '')(
    `says what is wrong with files that are no images${hidden}`,
    async () => {
      const opened = (await askHost(app, 'sources.list', {})).length;
      await drag([outside('study', 'notes.txt')]);
      await drop([outside('study', 'notes.txt')]);
      await page
        .getByText(/There is no image file that can be read in .*notes\.txt/)
        .first()
        .waitFor();
      expect(await askHost(app, 'sources.list', {})).toHaveLength(opened);
    },
  );
});
