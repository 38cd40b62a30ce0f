import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { annotationProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import { readImage } from '../../src/main/images/index.ts';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { reorient } from '../../src/shared/geometry/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { openSuggestion, suggestedMap, withSuggestion } from '../../src/shared/suggested.ts';
import { goTo, pane, undoName } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { openDemo, suggestSeries } from './support/demo.ts';

const SIZE = 224;
const PIXELS = SIZE * SIZE;
const SLICES = 32;

/** Many slices are accepted together: what the dialog says is what is there afterwards. */
inEachWindow('accepting many slices', (openApp) => {
  let app: App;
  let page: Page;
  let stack: string;
  let ids: readonly string[];

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    ({ stack, ids } = await openDemo(app, ['liver', 'left kidney']));
    await suggestSeries(page);
    const name = 'left kidney with the cyst at its lower pole';
    await askHost(app, 'labels.change', { stack, label: ids[1]!, change: { name } });
    // The page reads everything again when it hears of it.
    await page.getByRole('button', { name, exact: true }).waitFor();
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const dialog = (): Locator => page.getByRole('dialog', { name: 'Accept many slices' });
  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });
  async function voxels(): Promise<Uint8Array> {
    const map = new Uint8Array(PIXELS * SLICES);
    for (const { index, runs } of await askHost(app, 'annotation.voxels', { stack })) {
      map.set(decodeRuns(runs, PIXELS), index * PIXELS);
    }
    return map;
  }
  /** The label map once what is suggested of labels was accepted in slices (counted from 0). */
  async function accepted(
    before: Uint8Array,
    slices: readonly number[],
    values: readonly number[],
  ): Promise<Uint8Array> {
    const after = before.slice();
    for (const index of slices) {
      const all = [];
      for (const value of [1, 2]) {
        const maps = await askHost(app, 'suggestions.get', {
          stack,
          label: ids[value - 1]!,
          index,
        });
        const map = suggestedMap(maps!.probability);
        if (map) all.push({ value, map });
      }
      const open = openSuggestion(all, new Set(), PIXELS).map((v) => (values.includes(v) ? v : 0));
      const slice = before.subarray(index * PIXELS, (index + 1) * PIXELS);
      after.set(withSuggestion(slice, open), index * PIXELS);
    }
    return after;
  }
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  const states = async (state: string): Promise<number[]> =>
    (await annotation()).review.flatMap((now, index) => (now === state ? [index] : []));
  const open = async (): Promise<void> => {
    await pane(page).focus();
    await page.keyboard.press('Control+Shift+a');
    await dialog().waitFor();
  };

  it('leaves alone what was decided by a look, and says how many that are', async () => {
    await goTo(page, 17);
    await page.keyboard.press('a');
    await expect.poll(() => states('accepted')).toEqual([16]);
    await goTo(page, 5);
    await page.keyboard.press('r');
    await expect.poll(() => states('rejected')).toEqual([4]);
    await open();
    await dialog().getByText('30 slices').first().waitFor();
    await dialog().getByText('left alone: 2 decided on or being corrected').waitFor();
    // Beside a name that is cut the gain stays on one line.
    const gains = dialog().getByText(/^\+ [\d.]+ ml$/);
    await gains.nth(1).waitFor();
    // As they are laid out: the dialog may still be growing to its size.
    const heights = await gains.evaluateAll((all) =>
      all.map((one) => (one as HTMLElement).offsetHeight),
    );
    expect(heights[0]).toBeGreaterThan(0);
    expect(heights).toEqual([heights[0], heights[0]]);
    await expect
      .poll(() => dialog().getByRole('button', { name: 'Accept 30 slices' }).isEnabled())
      .toBe(true);
    await dialog()
      .getByRole('region', { name: 'Most doubtful' })
      .getByRole('button', { name: /^Slice \d+ [\d.]+ nats$/ })
      .nth(3)
      .waitFor();
    await dialog().getByRole('region', { name: 'At random' }).locator('canvas').nth(3).waitFor();
  });

  it('takes one label up to a limit of doubt, in one step that is undone by one', async () => {
    const before = await voxels();
    await dialog()
      .getByRole('checkbox', { name: /^left kidney/ })
      .uncheck();
    const slider = dialog().getByRole('slider', { name: /^Largest doubt/ });
    await slider.focus();
    for (let n = 0; n < 3; n++) await page.keyboard.press('PageDown');
    await dialog()
      .getByText(/above the limit/)
      .waitFor();
    const accept = dialog().getByRole('button', { name: /^Accept \d+ slices?$/ });
    await expect.poll(() => accept.isEnabled()).toBe(true);
    const limit = Number(await slider.getAttribute('aria-valuenow'));
    const list = await askHost(app, 'suggestions.list', { stack });
    const taken = list
      .filter(
        ({ label, index, doubt }) =>
          label === ids[0] && doubt <= limit && index !== 16 && index !== 4,
      )
      .map(({ index }) => index)
      .sort((a, b) => a - b);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.length).toBeLessThan(30);
    expect(await accept.innerText()).toBe(
      `Accept ${taken.length} ${taken.length === 1 ? 'slice' : 'slices'}`,
    );
    await accept.click();
    await dialog().waitFor({ state: 'hidden' });
    await expect.poll(() => states('accepted-unseen')).toEqual(taken);
    const after = await voxels();
    expect(isSame(after, await accepted(before, taken, [1]))).toBe(true);
    expect(await undoName(page)).toMatch(/^Accept \d+ slices? unseen$/);
    await page.keyboard.press('Control+z');
    await expect.poll(() => states('accepted-unseen')).toEqual([]);
    expect(isSame(await voxels(), before)).toBe(true);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => states('accepted-unseen')).toEqual(taken);
    expect(isSame(await voxels(), after)).toBe(true);
  });

  it('makes a slice accepted that is looked at and accepted', async () => {
    const [slice] = await states('accepted-unseen');
    await goTo(page, slice! + 1);
    await page.getByRole('heading', { name: /accepted unseen$/ }).waitFor();
    await page.keyboard.press('a');
    await expect.poll(async () => (await annotation()).review[slice!]).toBe('accepted');
    expect((await annotation()).unseen[slice!]).toEqual([]);
    await page
      .getByText(/\d+ unseen/)
      .first()
      .waitFor();
  });

  it('adds a label to slices that were decided for another one, which stay decided', async () => {
    const [mixed] = await states('unseen');
    await goTo(page, mixed! + 1);
    await page.keyboard.press('1');
    await page.keyboard.press('Alt+a');
    await expect.poll(async () => (await annotation()).covered[mixed!]).toEqual([ids[0]]);
    const before = await voxels();
    const looked = await states('accepted');
    await open();
    await dialog()
      .getByRole('checkbox', { name: /^left kidney/ })
      .check();
    await dialog()
      .getByRole('slider', { name: /^Largest doubt/ })
      .focus();
    await page.keyboard.press('End');
    const accept = dialog().getByRole('button', { name: /^Accept \d+ slices$/ });
    await expect.poll(() => accept.isEnabled()).toBe(true);
    await accept.click();
    await dialog().waitFor({ state: 'hidden' });
    const all = Array.from({ length: SLICES }, (_, k) => k).filter((k) => k !== 4);
    await expect
      .poll(async () => (await annotation()).covered.map((labels) => labels.length))
      .toEqual(Array.from({ length: SLICES }, () => 2));
    expect(await states('accepted')).toEqual(looked);
    const { unseen } = await annotation();
    // Of the slice that was looked at only the label that was not is unseen.
    expect(unseen[mixed!]).toEqual([ids[1]]);
    expect(unseen[16]).toEqual([]);
    await page.getByRole('heading', { name: /accepted, 1 label unseen$/ }).waitFor();
    const partly = unseen.filter((labels) => labels.length > 0).length;
    await page.getByText(`slices decided, ${partly} of them unseen`).waitFor();
    expect(isSame(await voxels(), await accepted(before, all, [1, 2]))).toBe(true);
    // What nobody has looked at can still be looked at.
    const queue = page.getByRole('region', { name: 'Correct next' });
    await queue.getByText('accepted unseen').first().waitFor();
  });

  it('is explained below the strip, with nothing cut, also in small windows', async () => {
    const legend = page.getByRole('list', { name: 'Marks of slices' });
    const before = page.viewportSize()!;
    for (const [width, height] of [
      [1280, 800],
      [960, 600],
    ] as const) {
      await page.setViewportSize({ width, height });
      const marks = legend.getByRole('listitem');
      await expect
        .poll(() => marks.allInnerTexts())
        .toEqual(['liver', 'accepted', 'accepted unseen', 'rejected']);
      const isWhole = (): Promise<boolean> =>
        legend.evaluate((list) => {
          const strip = list.closest('section')!.getBoundingClientRect();
          return [...list.children].every((mark) => {
            const { left, right } = mark.getBoundingClientRect();
            const isCut = [mark, ...mark.children].some((one) => one.scrollWidth > one.clientWidth);
            return left >= strip.left && right <= strip.right && !isCut;
          });
        });
      await expect.poll(isWhole).toBe(true);
    }
    await page.setViewportSize(before);
  });

  it('is there again when the series is opened again', async () => {
    const [before, { review, unseen }] = [await voxels(), await annotation()];
    await page.reload();
    await pane(page).waitFor({ timeout: 120_000 });
    const after = await annotation();
    expect([after.review, after.unseen]).toEqual([review, unseen]);
    expect(isSame(await voxels(), before)).toBe(true);
    await page.getByText(/32 of 32 slices decided, \d+ of them unseen/).waitFor();
  });

  it('is what an export of decided slices holds, voxel by voxel, said to be accepted unseen', async () => {
    const before = await voxels();
    await page.keyboard.press('Control+e');
    const exports = page.getByRole('dialog', { name: 'Export' });
    await app.choose(() => exports.getByRole('button', { name: 'Folder' }).click(), [app.root]);
    await exports.getByRole('radio', { name: /^Decided slices alone/ }).check();
    await exports
      .getByText(/accepted unseen/)
      .first()
      .waitFor();
    await exports.getByRole('button', { name: 'Export', exact: true }).click();
    await exports.getByText(/^\d+ files written to /).waitFor();
    await page.keyboard.press('Escape');
    const { data } = reorient(await readImage(join(app.root, 'labels.nii.gz')), 'LPS').volume;
    expect(isSame(Uint8Array.from(data), before)).toBe(true);
    const { unseen } = await annotation();
    const { contents } = annotationProvenanceSchema.parse(
      JSON.parse(readFileSync(join(app.root, 'provenance.json'), 'utf8')),
    );
    expect(contents!.acceptedUnseen).toHaveLength(unseen.filter((ids) => ids.length > 0).length);
  });
});
