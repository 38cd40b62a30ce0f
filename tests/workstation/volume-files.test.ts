import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { segmentSeries } from '../../src/main/services/suggest/index.ts';
import { readImage, scanImages } from '../../src/main/images/index.ts';
import { thumbnailPath, volumePath } from '../../src/shared/contract/index.ts';
import { sameGrid } from '../../src/shared/geometry/index.ts';
import { niftiFile } from '../volume-files/nifti-file.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openWorkstation, type Workstation } from './workstation.ts';

const SIZE = [6, 5, 4] as const;
const VOXELS = 6 * 5 * 4;
/** Slices are sagittal, and their order is against the hand of rows and columns. */
const SFORM = [0, 0, 3, -40, 2, 0, 0, -20, 0, 1.5, 0, 10];
const values = Int16Array.from({ length: 2 * VOXELS }, (_, n) => (n * 37) % 900);

describe('a NIfTI file in the workspace', () => {
  let station: Workstation;
  let stack: string;
  const at = (...parts: string[]): string => join(station.root, ...parts);

  beforeEach(async () => {
    station = await openWorkstation(fakeEngines().spawn);
    mkdirSync(at('brain'));
    const bytes = niftiFile({ values, size: SIZE, volumes: 2, sform: SFORM });
    writeFileSync(at('brain', 'bold.nii.gz'), gzipSync(bytes));
    stack = await openVolume('brain');
  });

  /** Opens the second volume of the file in a folder. @returns its id. */
  async function openVolume(folder: string): Promise<string> {
    const { page } = station;
    const source = await page.stream('sources.open', { paths: [at(folder)] }).result;
    const second = source.stacks[1]!;
    expect(second).toMatchObject({ kind: 'volume', distinction: 'volume 2 of 2' });
    const info = await page.stream('volumes.open', { stack: second.id, resample: false }).result;
    expect(info).toMatchObject({ size: SIZE, spacing: [2, 1.5, 3], voxelType: 'int16' });
    return second.id;
  }

  const labels = Uint8Array.from({ length: 30 }, (_, n) => (n === 8 || n === 21 ? 1 : 0));
  /** Adds a label, and paints two voxels of slice 2. */
  async function paint(): Promise<void> {
    const { page } = station;
    await page.call('labels.create', { stack, name: 'lesion', prompt: 'lesion' });
    await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(2, labels)],
      review: [],
      actor: 'human',
    });
  }
  const write = (formats: ('nifti' | 'dicom-seg' | 'bids' | 'report')[]) =>
    station.page.stream('export.run', { stack, folder: at('out'), formats, deidentify: true })
      .result;

  it('has its voxels and its picture', async () => {
    const fetched = async (path: string): Promise<ArrayBuffer> =>
      (await station.session.fetch(new Request(`http://localhost${path}`))).arrayBuffer();
    expect(new Int16Array(await fetched(volumePath(stack))).toSorted()).toEqual(
      values.slice(VOXELS).toSorted(),
    );
    const png = Buffer.from(await fetched(thumbnailPath(stack)));
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
  });

  it('is labelled and exported on its own grid, voxel by voxel', async () => {
    await paint();
    await write(['nifti', 'bids', 'report']);
    const written = await readImage(at('out', 'labels.nii.gz'));
    const { images } = await scanImages([at('brain')]);
    expect(sameGrid(written.grid, images[1]!.grid!)).toBe(true);
    const expected = new Uint8Array(VOXELS);
    expected.set(labels, 2 * 30);
    expect([...written.data]).toEqual([...expected]);
  });

  it('is refused as a DICOM segmentation, with the reason, and nothing is written', async () => {
    await paint();
    await expect(write(['nifti', 'dicom-seg'])).rejects.toMatchObject({
      code: 'no-dicom-source',
      message: expect.stringContaining('bold is no DICOM series') as unknown,
    });
    await expect(readImage(at('out', 'labels.nii.gz'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('is refused so before anything is computed', async () => {
    const { images } = await scanImages([at('brain')]);
    const segmented = segmentSeries(
      {
        predict: () => Promise.reject(new Error('it was computed')),
      } as unknown as Parameters<typeof segmentSeries>[0],
      {
        image: images[0]!,
        dicomSeg: true,
        labels: [{ name: 'a', prompt: 'a' }],
      } as unknown as Parameters<typeof segmentSeries>[1],
    );
    await expect(segmented).rejects.toMatchObject({ code: 'no-dicom-source' });
  });

  it('has its labels after a restart, and after the file was moved and renamed', async () => {
    await paint();
    const labelled = async (): Promise<unknown> =>
      (await station.page.call('annotation.get', { stack })).labels.map(({ name }) => name);
    station = await station.restart();
    const { size } = await station.page.stream('volumes.open', { stack, resample: false }).result;
    expect([size, await labelled()]).toEqual([SIZE, ['lesion']]);
    mkdirSync(at('elsewhere'));
    renameSync(at('brain', 'bold.nii.gz'), at('elsewhere', 'other.nii.gz'));
    station = await station.restart();
    await expect(
      station.page.stream('volumes.open', { stack, resample: false }).result,
    ).rejects.toMatchObject({ code: 'files-gone' });
    expect(await openVolume('elsewhere')).toBe(stack);
    expect(await labelled()).toEqual(['lesion']);
  });

  it('is suggested from', async () => {
    await paint();
    const { page } = station;
    const { labels: all } = await page.call('annotation.get', { stack });
    await page.stream('suggestions.run', {
      stack,
      labels: all.map(({ id }) => id),
      slices: [0, 3],
      focus: 1,
    }).result;
    expect(await page.call('suggestions.list', { stack })).toHaveLength(4);
  });
});
