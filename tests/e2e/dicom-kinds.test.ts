import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { missingPython, python } from '../export/tools.ts';
import { sharedPath } from '../support/shared-data.ts';
import { addLabel, goTo, isSaved, pane, place, stroke } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

/** What is read of a written segmentation, and of the image that its only frame refers to. */
interface Written {
  readonly pixels: number;
  readonly sop: string;
  readonly frame: number | null;
  readonly position: number[] | null;
  readonly orientation: number[] | null;
}

/** Of the object at argv[1], which has one frame. */
const READ = `import sys, json, pydicom, numpy
seg = pydicom.dcmread(sys.argv[1])
shared, frame = seg.SharedFunctionalGroupsSequence[0], seg.PerFrameFunctionalGroupsSequence[0]
assert int(seg.NumberOfFrames) == 1
image = frame.DerivationImageSequence[0].SourceImageSequence[0]
bits = numpy.unpackbits(numpy.frombuffer(seg.PixelData, 'u1'), bitorder='little')[:seg.Rows * seg.Columns]
plane = frame.get('PlanePositionSequence')
turn = (frame if 'PlaneOrientationSequence' in frame else shared).get('PlaneOrientationSequence')
print(json.dumps(dict(pixels=int(bits.sum()), sop=image.ReferencedSOPInstanceUID,
  frame=int(image.ReferencedFrameNumber) if 'ReferencedFrameNumber' in image else None,
  position=[float(v) for v in plane[0].ImagePositionPatient] if plane else None,
  orientation=[float(v) for v in turn[0].ImageOrientationPatient] if turn else None)))`;

/** Of the file of a SOP instance below argv[1]: where it lies. */
const SOURCE = `import sys, json, pydicom, pathlib
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    image = pydicom.dcmread(path, stop_before_pixels=True)
    if image.SOPInstanceUID == sys.argv[2]:
        print(json.dumps(dict(position=[float(v) for v in image.ImagePositionPatient],
          orientation=[float(v) for v in image.ImageOrientationPatient])))`;

const shared = sharedPath('data');
const missing =
  shared === undefined ? 'needs ../shared/data, which is not here' : missingPython('pydicom');
const why = missing === undefined ? '' : ` (skipped: ${missing})`;

/** Kinds of DICOM images beside volumes, as they were acquired: opened, painted, exported. */
inEachWindow('DICOM of every kind', (openApp) => {
  let app: App;
  let page: Page;

  beforeAll(async () => {
    app = await openApp(shared === undefined ? [] : [shared]);
    page = app.page;
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const dialog = (): Locator => page.getByRole('dialog', { name: 'Export' });
  async function open(...names: readonly string[]): Promise<string> {
    const known = (await askHost(app, 'sources.list', {})).length;
    await app.choose(() => page.keyboard.press('Control+o'), [join(shared!, ...names)]);
    await expect.poll(async () => (await askHost(app, 'sources.list', {})).length).toBe(known + 1);
    return (await askHost(app, 'sources.list', {})).at(-1)!.stacks[0]!.id;
  }
  /** Paints a stroke on a slice, counted from 1. @returns how many pixels it has. */
  async function paintOn(stack: string, slice: number, plane: string): Promise<number> {
    await addLabel(page, 'mass');
    await goTo(page, slice, plane);
    await page.keyboard.press('b');
    await stroke(page, pane(page, plane), [
      [0.45, 0.45],
      [0.5, 0.5],
    ]);
    await isSaved(page);
    const [only, ...more] = await askHost(app, 'annotation.voxels', { stack });
    expect([only!.index, more]).toEqual([slice - 1, []]);
    const { columns, rows } = (await askHost(app, 'sources.list', {}))
      .flatMap(({ stacks }) => stacks)
      .find(({ id }) => id === stack)!;
    return decodeRuns(only!.runs, columns * rows).filter((value) => value > 0).length;
  }
  /** Exports a DICOM segmentation into a folder of its own. */
  async function exported(name: string): Promise<Written> {
    await page.keyboard.press('Control+e');
    await dialog().waitFor();
    const formats = dialog().getByRole('group', { name: 'Write' });
    const checked = formats.getByRole('checkbox', { checked: true });
    while ((await checked.count()) > 0) await checked.first().uncheck();
    await formats.getByLabel('DICOM SEG').check();
    await app.choose(() => dialog().getByRole('button', { name: 'Folder' }).click(), [app.root]);
    await dialog().getByRole('button', { name: 'Export', exact: true }).click();
    await dialog()
      .getByText(/files? written to /)
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    const file = join(app.root, name);
    expect(existsSync(file)).toBe(true);
    return python<Written>(READ, file);
  }

  it.skipIf(missing !== undefined)(
    `a tilted CT is labelled as it was acquired; its segmentation lies where the slice lies${why}`,
    async () => {
      const stack = await open('ct-gantry-tilt');
      await pane(page).waitFor();
      const pixels = await paintOn(stack, 11, 'Axial');
      // The size of a pixel is known, not how far slices are apart.
      await page.getByText(/^[\d.]+ [mc]m²$/).waitFor();
      const seg = await exported('segmentation.dcm');
      const source = python<{ position: number[]; orientation: number[] }>(
        SOURCE,
        join(shared!, 'ct-gantry-tilt'),
        seg.sop,
      );
      expect(seg.pixels).toBe(pixels);
      for (const what of ['position', 'orientation'] as const)
        seg[what]!.forEach((v, n) => expect(v).toBeCloseTo(source[what][n]!, 3));
    },
  );

  it.skipIf(missing !== undefined)(
    `a colour clip has its frames labelled one by one, and plays${why}`,
    async () => {
      const stack = await open('hard-series', 'us-rgb-12-frames');
      await pane(page, 'Frames').waitFor();
      expect((await place(page, 'Frames'))[1]).toBe(12);
      const pixels = await paintOn(stack, 3, 'Frames');
      const seg = await exported('segmentation.dcm');
      expect(seg).toMatchObject({ pixels, frame: 3, position: null });
      await page.keyboard.press('Space');
      await expect.poll(() => place(page, 'Frames')).not.toEqual([3, 12]);
      await page.keyboard.press('Space');
    },
  );

  it.skipIf(missing !== undefined)(
    `a chest X-ray is a picture, measured at the detector${why}`,
    async () => {
      const stack = await open('hard-series', 'dx-chest');
      await pane(page, 'Picture').waitFor();
      expect(await page.getByRole('banner').innerText()).toContain('mm (detector)');
      const pixels = await paintOn(stack, 1, 'Picture');
      const seg = await exported('segmentation.dcm');
      expect(seg).toMatchObject({ pixels, frame: null, position: null });
    },
  );
});
