import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { readImage } from '../../src/main/images/index.ts';
import type { CallOutput } from '../../src/shared/contract/index.ts';
import { applyAffine, reorient } from '../../src/shared/geometry/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { missingPython, python } from '../export/tools.ts';
import {
  addLabel,
  drag,
  goTo,
  isSaved,
  pane,
  place,
  pointIn,
  prompt,
  setNumbers,
  stroke,
  undoName,
  type Point,
} from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';
import { suggestSeries } from './support/demo.ts';
import { countPictures } from './support/count-pictures.ts';

const SIZE = 224;
const PIXELS = SIZE * SIZE;
const SLICES = 32;
/** The slice that is painted on, counted from 1. */
const PAINTED = 8;
/** Over the edge of the liver, as fractions of the pane. */
const WAY: readonly Point[] = [
  [0.3, 0.35],
  [0.45, 0.42],
  [0.55, 0.55],
];
/** mm; of the brush as it is at first. */
const RADIUS = 5;
/** mm: half a pixel, and what the page rounds away. */
const RIM = 0.8;

/**
 * One session, from the first look at the demo to the morning after a crash; nothing is mocked. Each
 * step stands on the ones before it.
 */
inEachWindow('an annotator', (openApp, kind) => {
  let app: App;
  let page: Page;
  let stack: string;
  let label: string;
  /** What must be in the label map. */
  let expected = new Uint8Array(PIXELS * SLICES);
  /** What was suggested on the slice that was painted on, before the model learned. */
  let taken: Uint8Array;
  /** Where the pointer was while it painted: mm, LPS. */
  const way: number[][] = [];

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
  });
  afterAll(async () => {
    await app.close();
  });

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const said = async (): Promise<string> =>
    (await page.getByRole('slider', { name: 'Slice' }).getAttribute('aria-valuetext')) ?? '';
  const annotation = (): Promise<CallOutput<'annotation.get'>> =>
    askHost(app, 'annotation.get', { stack });
  /** The label map as the host keeps it. */
  async function voxels(): Promise<Uint8Array<ArrayBuffer>> {
    const map = new Uint8Array(PIXELS * SLICES);
    for (const { index, runs } of await askHost(app, 'annotation.voxels', { stack })) {
      map.set(decodeRuns(runs, PIXELS), index * PIXELS);
    }
    return map;
  }
  /** What is suggested in a slice (counted from 1): 1 or 0 by pixel. */
  async function suggested(slice: number): Promise<Uint8Array> {
    const maps = await askHost(app, 'suggestions.get', { stack, label, index: slice - 1 });
    return maps!.probability.map((p) => (p >= 128 ? 1 : 0));
  }
  const isExpected = async (): Promise<boolean> => Buffer.compare(await voxels(), expected) === 0;
  const count = (map: Uint8Array): number => map.reduce((sum, v) => sum + (v > 0 ? 1 : 0), 0);

  it('opens the demo series from the start page', async () => {
    await page.getByRole('button', { name: /^Try the demo series/ }).click();
    await pane(page).waitFor({ timeout: 120_000 });
    expect(await place(page)).toEqual([17, SLICES]);
    const [source] = await askHost(app, 'sources.list', {});
    stack = source!.stacks[0]!.id;
  });

  it('names a label, and is proposed a prompt', async () => {
    await addLabel(page, 'liver');
    await expect.poll(() => prompt(page, 'liver').inputValue()).toBe('liver in an abdominal CT');
    label = (await annotation()).labels[0]!.id;
  });

  it('sees the doubt change while samples arrive', async () => {
    await setNumbers(page, { samples: 50, learningSteps: 2 });
    await page.getByText('liver · 50 samples').waitFor();
    const pictures = await countPictures(page, pane(page), async () => {
      await page.keyboard.press('s');
      await expect.poll(said).toMatch(/ doubt /);
    });
    // The one before, the mean pass, and what samples made of it.
    expect(pictures).toBeGreaterThanOrEqual(3);
    expect(await said()).toMatch(/^slice 17 · doubt 0\.\d\d nats · not decided$/);
  });

  it('has the series suggested with the samples that were set', async () => {
    await setNumbers(page, { samples: 2, learningSteps: 2 });
    await page.getByText('liver · 2 samples').waitFor();
    await suggestSeries(page);
    const list = await askHost(app, 'suggestions.list', { stack });
    expect(list.map(({ samplesUsed }) => samplesUsed)).toEqual(
      Array.from({ length: SLICES }, () => 2),
    );
    expect(await isExpected()).toBe(true);
  });

  it('paints with the pointer, takes it back and does it again by keys', async () => {
    await goTo(page, PAINTED);
    await page.keyboard.press('b');
    for (const point of WAY) {
      await page.mouse.move(...(await pointIn(pane(page), point)));
      way.push(await pointedAt(page));
    }
    taken = await suggested(PAINTED);
    const before = await pictureOf(pane(page));
    await stroke(page, pane(page), WAY);
    await expect.poll(() => undoName(page)).toBe('Brush “liver”');
    await expect.poll(async () => count(await voxels())).toBeGreaterThan(100);
    await expect.poll(() => pictureOf(pane(page))).not.toBe(before);
    expected = await voxels();
    expect(count(expected.subarray((PAINTED - 1) * PIXELS, PAINTED * PIXELS))).toBe(
      count(expected),
    );

    await page.keyboard.press('Control+z');
    await expect.poll(async () => count(await voxels())).toBe(0);
    await expect.poll(() => undoName(page)).toBe('');
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(isExpected).toBe(true);
    await expect.poll(() => undoName(page)).toBe('Brush “liver”');
  });

  it('is led to the worst slice by a key; accepts it, and rejects the next', async () => {
    const queue = page.getByRole('region', { name: 'Correct next' });
    await queue.getByRole('listitem').first().waitFor();
    await page.keyboard.press('n');
    await expect.poll(() => place(page)).not.toEqual([PAINTED, SLICES]);
    const [first] = await place(page);
    // The painted slice was left, which makes it one that the others follow.
    await page.getByText('Follows 1 decided slice.').waitFor();
    expected.set(await suggested(first), (first - 1) * PIXELS);
    await page.keyboard.press('a');
    await expect.poll(said).toMatch(/ · accepted$/);
    await expect.poll(isExpected).toBe(true);
    await expect.poll(() => undoName(page)).toBe(`Accept slice ${first}`);
    await page.getByText('Follows 2 decided slices.').waitFor();
    // It needs no second look.
    await queue
      .getByRole('button', { name: new RegExp(`^${first} `) })
      .waitFor({ state: 'hidden' });

    await page.keyboard.press('n');
    await expect.poll(() => place(page)).not.toEqual([first, SLICES]);
    await page.keyboard.press('r');
    await expect.poll(said).toMatch(/ · rejected$/);
    await isSaved(page);
    expect(await isExpected()).toBe(true);
  });

  it('has corrected what was painted on: what was suggested there, and the stroke', async () => {
    await goTo(page, PAINTED);
    const painted = expected.subarray((PAINTED - 1) * PIXELS, PAINTED * PIXELS);
    expect(taken.every((is, at) => is === 0 || painted[at] === 1)).toBe(true);
    await expect.poll(said).toMatch(/ · corrected$/);
    await page.keyboard.press('a');
    await expect.poll(said).toMatch(/ · corrected$/);
    await expect.poll(isExpected).toBe(true);
    await page.getByText('1 corrected').waitFor();
    await page.getByText('1 rejected').waitFor();
  });

  it('has the model learn, and sees other suggestions afterwards', async () => {
    const other = PAINTED + 3;
    const before = await askHost(app, 'suggestions.get', { stack, label, index: other });
    await button('Learn').click();
    const anyway = button('Keep anyway');
    const version = page.getByText('default · Round 1');
    await version.or(anyway).first().waitFor({ timeout: 150_000 });
    // What two steps teach need not be better: it is the user who decides.
    if (await anyway.isVisible()) await anyway.click();
    await version.waitFor();
    await button('Suggest series').waitFor({ timeout: 150_000 });
    await goTo(page, other + 1);
    await page.keyboard.press('s');
    // What the page says may still be of the model before: it stays until the new is there.
    await expect
      .poll(() => askHost(app, 'suggestions.get', { stack, label, index: other }))
      .not.toBeNull();
    const after = await askHost(app, 'suggestions.get', { stack, label, index: other });
    expect(after!.probability).not.toEqual(before!.probability);
    await expect.poll(said).toMatch(/doubt 0\.\d\d nats/);
    expect(await isExpected()).toBe(true);
  });

  describe('exports NIfTI', () => {
    let file: string;
    it('into the folder that was chosen', async () => {
      await page.keyboard.press('Control+e');
      const dialog = page.getByRole('dialog', { name: 'Export' });
      await app.choose(() => dialog.getByRole('button', { name: 'Folder' }).click(), [app.root]);
      await dialog.getByRole('button', { name: 'Export', exact: true }).click();
      await dialog.getByText(/^\d files written to /).waitFor();
      await page.keyboard.press('Escape');
      file = join(app.root, 'labels.nii.gz');
    });

    it('with every voxel as it was painted and accepted', async () => {
      // As the series is stored, whatever the order in the file.
      const { data, grid } = reorient(await readImage(file), 'LPS').volume;
      expect(grid.size).toEqual([SIZE, SIZE, SLICES]);
      expect(Buffer.compare(Uint8Array.from(data), expected)).toBe(0);
      // The stroke lies where the pointer was, in the patient.
      let wrong = 0;
      for (let at = 0; at < PIXELS; at++) {
        const voxel = [at % SIZE, Math.floor(at / SIZE), PAINTED - 1] as const;
        const far = Math.min(
          ...[1, 2].map((n) => distance(applyAffine(grid.affineLps, voxel), way[n - 1]!, way[n]!)),
        );
        const is = data[at + voxel[2] * PIXELS] === 1;
        if (far < RADIUS - RIM && !is) wrong++;
        if (far > RADIUS + RIM && is && taken[at] === 0) wrong++;
      }
      expect(wrong).toBe(0);
    });

    const missing = missingPython('nibabel');
    it.skipIf(missing !== undefined)(
      `that nibabel reads alike${missing ? ` (skipped: ${missing})` : ''}`,
      () => {
        const read = python<{ shape: number[]; sha256: string }>(
          `import sys, json, hashlib, nibabel, numpy
image = nibabel.as_closest_canonical(nibabel.load(sys.argv[1]))
data = numpy.asarray(image.dataobj)[::-1, ::-1]
print(json.dumps({'shape': data.shape, 'sha256': hashlib.sha256(data.transpose(2, 1, 0).astype('u1').tobytes()).hexdigest()}))`,
          file,
        );
        expect(read).toEqual({
          shape: [SIZE, SIZE, SLICES],
          sha256: createHash('sha256').update(expected).digest('hex'),
        });
      },
    );
  });

  it('exports a case of nnU-Net, in which undecided slices are to be ignored', async () => {
    await page.keyboard.press('Control+e');
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByLabel('NIfTI').uncheck();
    await dialog.getByLabel('nnU-Net dataset').check();
    const write = dialog.getByRole('button', { name: 'Export', exact: true });
    const name = dialog.getByLabel('Dataset in this folder');
    await name.fill('liver');
    await dialog.getByText('Name the dataset.').waitFor();
    expect(await write.isEnabled()).toBe(false);
    await name.fill('Dataset301_Story');
    await write.click();
    await dialog
      .getByText(/Dataset301_Story has it as case_\w+; \d+ slices .* are ignored/)
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    const dataset = join(app.root, 'Dataset301_Story');
    const { labels } = JSON.parse(readFileSync(join(dataset, 'dataset.json'), 'utf8')) as {
      labels: object;
    };
    expect(Object.values(labels)).toEqual([0, 1, 2]);
    const [label] = readdirSync(join(dataset, 'labelsTr'));
    const { volume } = reorient(await readImage(join(dataset, 'labelsTr', label!)), 'LPS');
    const { review } = await annotation();
    const taught = Uint8Array.from(expected, (value, at) =>
      ['accepted', 'corrected'].includes(review[Math.floor(at / PIXELS)]!) ? value : 2,
    );
    expect(Buffer.compare(Uint8Array.from(volume.data), taught)).toBe(0);
    expect(taught[(PAINTED - 1) * PIXELS]).toBe(0);
  });

  const kills = kind === 'double' ? ' (skipped: the double is the process of the tests)' : '';
  it.skipIf(kills !== '')(
    `finds everything again after a crash in the middle of a stroke${kills}`,
    async () => {
      await goTo(page, 20);
      const before = await annotation();
      const volume = await page.getByText(/^[\d.]+ ml$/).innerText();
      const counts = await page.getByText(/1 corrected · \d accepted/).innerText();
      await page.keyboard.press('b');
      await drag(page, pane(page), [
        [0.4, 0.5],
        [0.5, 0.6],
      ]);
      await app.killHost();
      // A window of Electron is gone with its host.
      if (kind === 'browser') {
        await page.mouse.move(...(await pointIn(pane(page), [0.6, 0.5])), { steps: 5 });
        await page.mouse.up();
        await page.getByText('Marginalia itself does not answer.').waitFor();
      }

      await app.startHost();
      await app.visit();
      page = app.page;
      await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
      await pane(page).waitFor();
      expect(await annotation()).toEqual(before);
      expect(await isExpected()).toBe(true);
      await expect.poll(() => undoName(page)).toBe(before.undo[0]);
      expect(await page.getByText(/^[\d.]+ ml$/).innerText()).toBe(volume);
      expect(await page.getByText(/1 corrected · \d accepted/).innerText()).toBe(counts);
      await page.getByText('default · Round 1').waitFor();
      // What was done before the crash can be undone after it.
      await page.keyboard.press('Control+z');
      await expect.poll(() => undoName(page)).toBe(before.undo[1]);
      await page.keyboard.press('Control+Shift+z');
      await expect.poll(isExpected).toBe(true);
      expect(app.problems).toEqual([]);
    },
  );
});

const pictureOf = async (target: Locator): Promise<string> =>
  (await target.screenshot()).toString('base64');

/** Where the pointer is in the patient, as the page tells: mm, LPS. */
async function pointedAt(page: Page): Promise<number[]> {
  const text = await page.getByText(/-?[\d.]+, -?[\d.]+, -?[\d.]+ mm/).innerText();
  return text.replace(' mm', '').split(', ').map(Number);
}

/** mm from a point to a line from a to b. */
function distance(point: readonly number[], a: readonly number[], b: readonly number[]): number {
  const from = (p: readonly number[], q: readonly number[]): number[] => p.map((v, n) => v - q[n]!);
  const dot = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, v, n) => sum + v * q[n]!, 0);
  const [along, out] = [from(b, a), from(point, a)];
  const t = Math.min(1, Math.max(0, dot(out, along) / dot(along, along)));
  return Math.hypot(...out.map((v, n) => v - t * along[n]!));
}
