import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { annotationProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import { readImage } from '../../src/main/images/index.ts';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { reorient } from '../../src/shared/geometry/index.ts';
import { goTo, pane, stroke } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { openDemo, suggestSeries } from './support/demo.ts';

const SLICES = 32;
const NAMES = ['liver', 'left kidney'] as const;
/** Slices, counted from 1. */
const REJECTED = 9;
const PAINTED = 17;

/** What is exported of what nobody has decided on, and what the export says of it. */
inEachWindow('exporting suggestions', (openApp) => {
  let app: App;
  let page: Page;
  let stack: string;
  let ids: readonly string[];
  /** As they were exported with suggestions, in the order of the series. */
  let suggested: Uint8Array;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    ({ stack, ids } = await openDemo(app, NAMES));
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });
  const stateOf = async (slice: number): Promise<string> => (await annotation()).review[slice - 1]!;
  const dialog = (): Locator => page.getByRole('dialog', { name: 'Export' });
  const choice = (name: string): Locator => dialog().getByRole('radio', { name });

  async function openDialog(): Promise<void> {
    await page.keyboard.press('Control+e');
    await dialog().waitFor();
  }
  async function closeDialog(): Promise<void> {
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
  }
  /** Exports NIfTI with the dialog. @returns what it says then. */
  async function write(): Promise<string> {
    await app.choose(() => dialog().getByRole('button', { name: 'Folder' }).click(), [app.root]);
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    const said = dialog().getByText(/^\d+ files written to /);
    await said.waitFor({ timeout: 120_000 });
    return said.innerText();
  }
  async function labels(): Promise<Uint8Array> {
    const { volume } = reorient(await readImage(join(app.root, 'labels.nii.gz')), 'LPS');
    return Uint8Array.from(volume.data);
  }
  const contents = () =>
    annotationProvenanceSchema.parse(
      JSON.parse(readFileSync(join(app.root, 'provenance.json'), 'utf8')),
    ).contents!;

  it('is not offered before there are any, nor decided slices before there are any', async () => {
    await openDialog();
    await dialog().getByText('nothing is suggested with the present settings').waitFor();
    await dialog().getByText('No slice is accepted or corrected yet.').waitFor();
    expect(await choice('With suggestions').isDisabled()).toBe(true);
    expect(await choice('Decided slices alone').isDisabled()).toBe(true);
    expect(await choice('All that is painted').isChecked()).toBe(true);
    await closeDialog();
  });

  it('is counted before anything is written', async () => {
    await suggestSeries(page);
    await goTo(page, REJECTED);
    await page.keyboard.press('r');
    await expect.poll(() => stateOf(REJECTED)).toBe('rejected');
    await goTo(page, PAINTED);
    await page.keyboard.press('1');
    await page.keyboard.press('b');
    await stroke(page, pane(page), [
      [0.6, 0.2],
      [0.65, 0.25],
    ]);
    await expect.poll(() => stateOf(PAINTED)).toBe('started');
    await openDialog();
    await dialog().getByText('1 painted slice that nobody decided on').first().waitFor();
    await dialog()
      .getByText(/suggestions on 31 slices, [\d.]+ ml/)
      .waitFor();
    await choice('With suggestions').check();
    await dialog().getByText('1 of 32 slices is written empty').waitFor();
  });

  it('writes them, and says of which slices nobody has decided', async () => {
    const said = await write();
    expect(said).toContain('Not decided on: suggestions on 31 slices, what is painted on 1 slice.');
    await closeDialog();
    suggested = await labels();
    expect(suggested.includes(1) && suggested.includes(2)).toBe(true);
    const { include, decided, paintedUndecided, suggested: filled } = contents();
    expect([include, decided, paintedUndecided]).toEqual(['suggested', [], [PAINTED - 1]]);
    const others = [...Array(SLICES).keys()].filter((k) => k !== REJECTED - 1);
    expect(filled.map(({ slice }) => slice)).toEqual(others);
    expect(filled.find(({ slice }) => slice === PAINTED - 1)!.labels).toEqual([2]);
    // Nothing was decided by it.
    const { review } = await annotation();
    expect(review.filter((state) => state === 'unseen')).toHaveLength(SLICES - 2);
  });

  it('has written every voxel as accepting all of them gives it', async () => {
    for (let slice = 1; slice <= SLICES; slice++) {
      if (slice === REJECTED) continue;
      await goTo(page, slice);
      await page.keyboard.press('a');
      await expect.poll(async () => (await annotation()).covered[slice - 1]).toEqual([...ids]);
    }
    await openDialog();
    await dialog().getByText(`31 slices accepted or corrected`).waitFor();
    // There is nothing left to fill.
    await expect.poll(() => choice('All that is painted').isChecked()).toBe(true);
    await write();
    await closeDialog();
    expect(contents()).toMatchObject({ include: 'painted', paintedUndecided: [], suggested: [] });
    expect(Buffer.compare(await labels(), suggested)).toBe(0);
  });
});
