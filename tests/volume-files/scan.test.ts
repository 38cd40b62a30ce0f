import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readerOf, scanImages, type ImageScan } from '../../src/main/images/index.ts';
import { dicomSource } from '../../src/main/services/cases/index.ts';
import { orientationCode } from '../../src/shared/geometry/index.ts';
import type { ImageInfo } from '../../src/shared/image/index.ts';
import { describeShared } from '../support/shared-data.ts';
import { niftiFile } from './nifti-file.ts';
import { outcomesOf, scanned, temporaryFolder, volumeOf } from './scanned.ts';
import { meta, nrrd, values, withData } from './text-files.ts';

const folder = temporaryFolder();

describe('volumes in files', () => {
  it('NIfTI, NRRD and MetaImage open as volumes with the same values, named by their files', async () => {
    const scan = await scanned(folder, {
      'a.nii': niftiFile({ values, size: [2, 3, 4] }),
      'b.nii.gz': gzipSync(niftiFile({ values, size: [2, 3, 4] })),
      'c.nrrd': withData(nrrd('encoding: raw')),
      'd.nrrd': withData(nrrd('encoding: gzip'), gzipSync(new Uint8Array(values.buffer))),
      'e.mha': withData(meta('ElementDataFile = LOCAL')),
      'f.mha': withData(
        meta('CompressedData = True', 'ElementDataFile = LOCAL'),
        deflateSync(new Uint8Array(values.buffer)),
      ),
      'g.nhdr': nrrd('encoding: raw', 'data file: g.raw'),
      'g.raw': new Uint8Array(values.buffer),
      'h.mhd': meta('ElementDataFile = h.raw'),
      'h.raw': new Uint8Array(values.buffer).slice(),
      'notes.txt': 'nothing',
    });
    expect(outcomesOf(scan).filter(([, status]) => status !== 'loaded')).toEqual([
      ['notes.txt', 'skipped', 'not an image file that can be read'],
    ]);
    expect(scan.images.map(({ description }) => description)).toEqual([...'abcdefgh']);
    for (const image of scan.images) {
      expect(image).toMatchObject({ kind: 'volume', channels: 1, distinction: '', warnings: [] });
      expect(image.frames.map(({ size }) => size)).toEqual(Array(4).fill([2, 3]));
      const volume = await volumeOf(image);
      expect([...volume.data]).toEqual([...values]);
      expect(volume.data).toBeInstanceOf(Int16Array);
      const frame = await readerOf(image).readFrame(image, 2);
      expect([...frame.values]).toEqual([...values.slice(12, 18)]);
    }
    expect(scan.images[6]!.files.map((path) => path.slice(-6))).toEqual(['g.nhdr', '/g.raw']);
  });

  it('a header that is opened alone brings its voxels', async () => {
    const { at } = await scanned(folder, {
      'h.mhd': meta('ElementDataFile = h.raw'),
      'h.raw': new Uint8Array(values.buffer),
    });
    const scan = await scanImages([join(at, 'h.mhd')]);
    expect([...(await volumeOf(scan.images[0]!)).data]).toEqual([...values]);
  });

  it('a zip holds the same images, under the same ids', async () => {
    const files = {
      'x/a.nii.gz': gzipSync(niftiFile({ values, size: [2, 3, 4] })),
      'x/h.mhd': Buffer.from(meta('ElementDataFile = h.raw')),
      'x/h.raw': Buffer.from(values.buffer),
    };
    const flat = await scanned(
      folder,
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name.slice(2), bytes])),
    );
    const zipped = await scanned(folder, {
      'all.zip': zipSync(
        Object.fromEntries(
          Object.entries(files).map(([name, bytes]) => [name, new Uint8Array(bytes)]),
        ),
      ),
    });
    expect(zipped.images.map(({ id }) => id)).toEqual(flat.images.map(({ id }) => id));
    for (const image of zipped.images)
      expect([...(await volumeOf(image)).data]).toEqual([...values]);
  });

  it('each volume of four dimensions is an image of its own', async () => {
    const five = Int16Array.from({ length: 5 * 24 }, (_, n) => n);
    const bytes = niftiFile({ values: five, size: [2, 3, 4], volumes: 5 });
    const scan = await scanned(folder, { 'bold.nii.gz': gzipSync(bytes), 'other.nii': bytes });
    expect(scan.images).toHaveLength(10);
    expect(new Set(scan.images.map(({ id }) => id)).size).toBe(10);
    const [, second] = scan.images as [ImageInfo, ImageInfo];
    expect(second.distinction).toBe('volume 2 of 5');
    expect(second.id).toBe(`${scan.images[0]!.id}#2`);
    for (const image of [second, scan.images[6]!]) {
      expect([...(await volumeOf(image)).data]).toEqual([...five.slice(24, 48)]);
      const { values: frame } = await readerOf(image).readFrame(image, 3);
      expect([...frame]).toEqual([...five.slice(42, 48)]);
    }
    const series = scan.images.map((image) => readerOf(image).describe(image).seriesInstanceUid);
    expect(new Set(series.slice(0, 5)).size).toBe(1);
    expect(new Set(series).size).toBe(2);
  });

  it('frames are told of from the middle outwards, in the memory of the volume', async () => {
    const { images } = await scanned(folder, { 'a.nii': niftiFile({ values, size: [2, 3, 4] }) });
    const order: number[] = [];
    const frames = new Map<number, number[]>();
    await readerOf(images[0]!).readAll(images[0]!, {
      onFrame: (frame, k) => (order.push(k), frames.set(k, [...frame])),
    });
    expect(order).toEqual([2, 1, 3, 0]);
    expect(frames.get(1)).toEqual([...values.slice(6, 12)]);
  });

  it('values that are no numbers stay so, and slope and intercept are applied', async () => {
    const { images } = await scanned(folder, {
      'nan.nii': niftiFile({ values: Float32Array.of(NaN, Infinity, -2.5, 0), size: [2, 2, 1] }),
      'scaled.nii': niftiFile({
        values: Int16Array.of(1, 2, 3, 4),
        size: [2, 2, 1],
        slope: 2,
        intercept: -1024,
      }),
    });
    expect(images.map(({ kind }) => kind)).toEqual(['picture', 'picture']);
    expect([...(await volumeOf(images[0]!)).data]).toEqual([NaN, Infinity, -2.5, 0]);
    expect([...(await volumeOf(images[1]!)).data]).toEqual([-1022, -1020, -1018, -1016]);
  });

  it('an image is known by its content: after it moved or was renamed, and not by its header alone', async () => {
    const bytes = niftiFile({ values, size: [2, 3, 4] });
    const other = niftiFile({
      values: values.map((v, n) => (n === 23 ? v + 1 : v)),
      size: [2, 3, 4],
    });
    const first = await scanned(folder, { 'a.nii': bytes });
    const second = await scanned(folder, { 'renamed.nii': bytes, 'another patient.nii': other });
    const idsOf = ({ images }: ImageScan): Record<string, string> =>
      Object.fromEntries(images.map(({ description, id }) => [description, id]));
    expect(idsOf(second)['renamed']).toBe(idsOf(first)['a']);
    expect(idsOf(second)['another patient']).not.toBe(idsOf(first)['a']);
  });

  it('a large file is known by all of it, compressed or not', async () => {
    const size = [256, 256, 64] as const;
    // Noise, which compressing does not make small.
    let state = 1;
    const large = Int16Array.from({ length: 256 * 256 * 64 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >> 16;
    });
    const changed = large.slice();
    changed[1_234_567]! ^= 1;
    const [one, other] = [large, changed].map((all) => niftiFile({ values: all, size }));
    const [d, e] = [gzipSync(one!, { level: 1 }), gzipSync(other!, { level: 1 })];
    expect(d.length).toBeGreaterThan(2 ** 22);
    const files = { 'a.nii': one!, 'b.nii': other!, 'c.nii': one!, 'd.nii.gz': d, 'e.nii.gz': e };
    const scan = await scanned(folder, files);
    expect(scan.images.map(({ description }) => description)).toEqual(['a', 'b', 'd', 'e']);
    expect(outcomesOf(scan)[2]).toEqual([
      'c.nii',
      'skipped',
      `a copy of ${join(scan.at, 'a.nii')}`,
    ]);
  });

  it('a DICOM segmentation of it is refused with the reason', async () => {
    const { images } = await scanned(folder, {
      'liver.nii': niftiFile({ values, size: [2, 3, 4] }),
    });
    await expect(dicomSource(images[0]!, false)).rejects.toMatchObject({
      code: 'no-dicom-source',
      message: expect.stringMatching(/^liver is no DICOM series/) as unknown,
    });
  });

  it('says where nothing tells left from right', async () => {
    const { images } = await scanned(folder, {
      'a.nii': niftiFile({ values, size: [2, 3, 4], sform: null }),
      'b.nrrd': withData(
        ['NRRD0004', 'type: short', 'dimension: 3', 'sizes: 2 3 4', 'spacings: 2 3 4']
          .concat('endian: little', 'encoding: raw', '', '')
          .join('\n'),
      ),
    });
    expect(images).toHaveLength(2);
    for (const { warnings } of images)
      expect(warnings).toMatchObject([{ kind: 'orientation-unknown', severity: 'info' }]);
  });
});

describeShared('files of others', ['data'], (data) => {
  it('a folder of all formats is listed, oriented as the names say', async () => {
    const scan = await scanImages([join(data, 'nifti-orientations')]);
    const oriented = scan.images.filter(({ description }) => /^[A-Z]{3}$/.test(description));
    expect(oriented).toHaveLength(27);
    for (const { grid, description } of oriented)
      expect(orientationCode(grid!.affineLps)).toBe(description);
    const others = scan.images.filter((image) => !oriented.includes(image));
    expect(new Set(others.map(({ reader }) => reader))).toEqual(new Set(['dicom', 'volume-file']));
    expect(others.filter(({ description }) => description === 'pcasl').length).toBeGreaterThan(2);
  });

  it('images and labels of NRRD files lie on one grid', async () => {
    const at = join(folder, 'pair');
    mkdirSync(at);
    for (const name of ['brain1_image.nrrd', 'brain1_label.nrrd'])
      copyFileSync(join(data, 'volumes-pyradiomics', name), join(at, name));
    const { images } = await scanImages([at]);
    expect(images.map(({ grid }) => grid!.size)).toEqual([
      [256, 256, 25],
      [256, 256, 25],
    ]);
    expect(images[0]!.grid).toEqual(images[1]!.grid);
  });
});
