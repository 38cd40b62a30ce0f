import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { niftiGz } from '../../src/main/export/nifti-write.ts';
import { readImage } from '../../src/main/images/index.ts';
import { phantomVolume } from '../../src/main/phantom/volume.ts';
import { reorient, sameGrid, voxelToWorld } from '../../src/shared/geometry/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import type { Volume } from '../../src/shared/volume.ts';
import { addLabel, goTo, isSaved, pane, stroke } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const SLICES = 7;
const SIZE = 48;
/** Counted from 1. */
const PAINTED = 5;

inEachWindow('a NIfTI file', (openApp) => {
  let app: App;
  let page: Page;
  /** As its file has it: columns to the right, rows to the front, against what is displayed. */
  let volume: Volume;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    const { image } = phantomVolume({ seed: 3, slices: SLICES, size: SIZE });
    ({ volume } = reorient(image, 'RAS'));
    const { grid, data } = volume;
    const file = niftiGz({ grid, frames: [data], acquisition: 'unknown', range: [-200, 300] });
    mkdirSync(join(app.root, 'scans'));
    writeFileSync(join(app.root, 'scans', 'abdomen.nii.gz'), Buffer.concat(await file.toArray()));
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const dialog = (): Locator => page.getByRole('dialog', { name: 'Export' });

  it('opens in the window under the name of its file', async () => {
    await app.choose(() => page.keyboard.press('Control+o'), [join(app.root, 'scans')]);
    await pane(page).waitFor();
    await page
      .getByRole('complementary', { name: 'Series and queue' })
      .getByText('abdomen')
      .first()
      .waitFor();
    expect(await pane(page).getAttribute('aria-label')).toMatch(new RegExp(` / ${SLICES}$`));
  });

  it('is painted on, and exported on its own grid, voxel by voxel', async () => {
    await addLabel(page, 'liver');
    await goTo(page, PAINTED);
    await page.keyboard.press('b');
    // Towards the patient's right and front.
    await stroke(page, pane(page), [
      [0.4, 0.4],
      [0.42, 0.42],
    ]);
    await isSaved(page);
    await page.keyboard.press('Control+e');
    await dialog().waitFor();
    await app.choose(() => dialog().getByRole('button', { name: 'Folder' }).click(), [app.root]);
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await dialog()
      .getByText(/^\d+ files written to /)
      .waitFor();

    const labels = await readImage(join(app.root, 'labels.nii.gz'));
    expect(sameGrid(labels.grid, volume.grid)).toBe(true);
    const [source] = await askHost(app, 'sources.list', {});
    const stack = source!.stacks[0]!.id;
    const stored = new Uint8Array(SLICES * SIZE * SIZE);
    for (const { index, runs } of await askHost(app, 'annotation.voxels', { stack }))
      stored.set(decodeRuns(runs, SIZE * SIZE), index * SIZE * SIZE);
    expect(Buffer.compare(Uint8Array.from(labels.data), stored)).toBe(0);

    // And lies where it was painted: LPS, mm, from the middle of the volume.
    const at = [...stored.keys()].filter((n) => stored[n] === 1);
    expect(at.length).toBeGreaterThan(0);
    const [, , nz] = volume.grid.size;
    const middle = voxelToWorld(volume.grid, [(SIZE - 1) / 2, (SIZE - 1) / 2, (nz - 1) / 2]);
    for (const n of at) {
      const slice = Math.floor(n / SIZE ** 2);
      expect(slice).toBe(PAINTED - 1);
      const [x, y] = voxelToWorld(volume.grid, [n % SIZE, Math.floor(n / SIZE) % SIZE, slice]);
      expect(x).toBeLessThan(middle[0]);
      expect(y).toBeLessThan(middle[1]);
    }
  });

  it('is offered no DICOM segmentation, with the reason', async () => {
    for (const name of [/^DICOM SEG/, /^DICOM label map/]) {
      const choice = dialog().getByRole('checkbox', { name });
      expect(await choice.isDisabled()).toBe(true);
      expect(await choice.isChecked()).toBe(false);
    }
    const reason = dialog().getByText('Not of these images: they are no DICOM series to lie in');
    expect(await reason.count()).toBe(2);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
  });
});
