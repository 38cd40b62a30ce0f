import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { findSources } from '../../src/main/files/index.ts';
import { pictureFileReader } from '../../src/main/picture-files/index.ts';
import type { ImageInfo, LoadedFrames, Source } from '../../src/shared/image/index.ts';
import {
  colourPng,
  greyPng,
  greyTiff,
  outcomesOf,
  scanned,
  temporaryFolder,
  written,
} from './files.ts';

const folder = temporaryFolder();

const only = ({ images }: { readonly images: readonly ImageInfo[] }): ImageInfo => {
  expect(images).toHaveLength(1);
  return images[0]!;
};
const keys = (image: ImageInfo): string[] => image.frames.map(({ key }) => key);
const load = (image: ImageInfo): Promise<LoadedFrames> => readerOf(image).readAll(image, {});

describe('a folder of pictures', () => {
  it('is one set, in natural order, whatever its files are called at the end', async () => {
    const jpeg = await sharp(greyPng(4, 4)).toColourspace('b-w').jpeg().toBuffer();
    const scan = await scanned(folder, {
      'img10.png': greyPng(4, 4, 10),
      'img2.png': jpeg,
      'IMG1.png': greyPng(4, 4, 1),
      'README.md': '# text',
      'Thumbs.db': 'BM no bitmap',
      '._img2.png': '\0\x05\x16\x07\0\x02',
    });
    const image = only(scan);
    expect(image).toMatchObject({
      reader: 'picture-file',
      kind: 'set',
      channels: 1,
      grid: null,
      resamplable: false,
      description: scan.at.split('/').at(-1),
      modality: '',
      windows: [{ name: '', centre: 128, width: 256 }],
    });
    expect(keys(image)).toEqual(['IMG1.png', 'img2.png', 'img10.png']);
    expect(image.frames[0]).toMatchObject({ size: [4, 4], plane: null, spacing: null, time: null });
    expect(outcomesOf(scan).filter(([, status]) => status === 'skipped')).toEqual(
      ['._img2.png', 'README.md', 'Thumbs.db'].map((name) => [
        name,
        'skipped',
        'not an image file that can be read',
      ]),
    );
  });

  it('with one picture is a picture, in any folder; each folder is a set of its own', async () => {
    const { images } = await scanned(folder, {
      'a/x.png': greyPng(2, 2, 1),
      'b/x.png': greyPng(2, 2, 2),
      'b/y.png': greyPng(2, 2, 3),
    });
    expect(images.map(({ kind, description }) => [kind, description])).toEqual([
      ['picture', 'x'],
      ['set', 'b'],
    ]);
  });

  it('with one in colour is in colour: grey ones are repeated, smaller ones lie in the first corner', async () => {
    const image = only(
      await scanned(folder, {
        'a.png': greyPng(2, 1, 7),
        'b.png': colourPng(1, 2, [1, 2, 3]),
      }),
    );
    expect(image.channels).toBe(3);
    expect(image.windows).toEqual([]);
    const { size, channels, data, grid, resampled } = await load(image);
    expect({ size, channels, grid, resampled }).toEqual({
      size: [2, 2, 2],
      channels: 3,
      grid: null,
      resampled: null,
    });
    expect([...data]).toEqual(
      [
        [7, 7, 7, 8, 8, 8, 0, 0, 0, 0, 0, 0],
        [1, 2, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0],
      ].flat(),
    );
    const reader = readerOf(image);
    expect(reader.readsFramesAlone(image)).toBe(true);
    const { columns, rows, values } = await reader.readFrame(image, 0);
    expect({ columns, rows, values: [...values] }).toEqual({
      columns: 2,
      rows: 1,
      values: [7, 7, 7, 8, 8, 8],
    });
  });

  it('hands every frame over once, in the memory of all', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`${n}.png`, greyPng(3, 2, n)]),
    );
    const image = only(await scanned(folder, files));
    const order: number[] = [];
    const progress: number[] = [];
    const seen = new Set<ArrayBufferLike>();
    const { data } = await readerOf(image).readAll(image, {
      onFrame: (values, k) => {
        order.push(k);
        seen.add(values.buffer);
        expect([...values]).toEqual([0, 1, 2, 3, 4, 5].map((n) => k + n));
      },
      onProgress: (done) => progress.push(done),
    });
    expect([...seen]).toEqual([data.buffer]);
    expect(progress).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, k) => k));
  });

  it('is read a few files at a time, and none is held beside the array', async () => {
    const at = written(
      join(folder, 'many'),
      Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.png`, greyPng(4, 4, n)])),
    );
    let reading = 0;
    let most = 0;
    const sources: Source[] = [];
    for await (const item of findSources([at], () => Promise.resolve([]))) {
      const source = item as Source;
      // A file is under way from when it is read until its frame is handed over.
      const read = (limit?: number): Promise<Uint8Array> => {
        if (limit === undefined) most = Math.max(most, ++reading);
        return source.read(limit);
      };
      sources.push({ ...source, read });
    }
    const { images } = await pictureFileReader.scan(sources, {});
    [reading, most] = [0, 0];
    await pictureFileReader.readAll(images[0]!, { onFrame: () => reading-- });
    expect(reading).toBe(0);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(5);
  });

  it('is another image with another picture, and the same when its folder moved', async () => {
    const at = written(join(folder, 'moves', 'before'), {
      'a.png': greyPng(2, 2, 1),
      'b.png': greyPng(2, 2, 2),
    });
    const before = only(await scanImages([at]));
    const moved = join(folder, 'moves', 'after');
    renameSync(at, moved);
    const after = only(await scanImages([moved]));
    expect(after.id).toBe(before.id);
    expect(keys(after)).toEqual(keys(before));
    written(moved, { 'c.png': greyPng(2, 2, 3) });
    expect(only(await scanImages([moved])).id).not.toBe(before.id);
    written(moved, { 'b.png': greyPng(2, 2, 9) });
    expect(only(await scanImages([join(moved, 'a.png'), join(moved, 'b.png')])).id).not.toBe(
      before.id,
    );
  });

  it('that is there twice is listed once', async () => {
    const at = written(join(folder, 'twice'), {
      'one/a.png': greyPng(2, 2, 1),
      'one/b.png': greyPng(2, 2, 2),
    });
    cpSync(join(at, 'one'), join(at, 'two'), { recursive: true });
    const scan = await scanImages([at]);
    expect(only(scan).description).toBe('one');
    expect(scan.files.slice(2)).toEqual(
      ['a.png', 'b.png'].map((name) => ({
        path: join(at, 'two', name),
        status: 'skipped',
        reason: `a copy of ${join(at, 'one', name)}`,
      })),
    );
  });

  it('that would take more than 2 GiB is refused, with what to do', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 900 }, (_, n) => [`${n}.png`, greyPng(1, 1, n)]),
    );
    const wide = await sharp({
      create: { width: 2048, height: 2048, channels: 3, background: '#123456' },
    })
      .png()
      .toBuffer();
    const image = only(await scanned(folder, { ...files, 'large.png': wide }));
    await expect(load(image)).rejects.toMatchObject({
      code: 'image-too-large',
      message: expect.stringMatching(/has 901 pictures.*2048 × 2048\): 10\.6 GiB/) as string,
      hint: expect.stringMatching(/^Open a part of the folder/) as string,
    });
  });
});

describe('one file', () => {
  it('is a picture, whose id is that of its content', async () => {
    const at = written(join(folder, 'lone'), { 'x.png': greyPng(3, 2), 'y.png': greyPng(3, 2, 9) });
    const image = only(await scanImages([join(at, 'x.png')]));
    expect(image).toMatchObject({ kind: 'picture', description: 'x', frames: [{ key: 'x.png' }] });
    renameSync(join(at, 'x.png'), join(at, 'z.png'));
    expect(only(await scanImages([join(at, 'z.png')])).id).toBe(image.id);
  });

  it('of 16-bit grey keeps them, beside one of 8 in its folder too', async () => {
    const deep = await sharp(new Uint16Array([0, 300, 65535, 4]), {
      raw: { width: 2, height: 2, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const image = only(await scanned(folder, { 'a.png': deep, 'b.png': greyPng(2, 2, 5) }));
    const { data } = await load(image);
    expect(data).toEqual(new Uint16Array([0, 300, 65535, 4, 5, 6, 7, 8]));
    expect(image.windows).toEqual([]);
  });

  it('TIFF: pages of one size are a stack without planes, of several sizes a set', async () => {
    const page = (columns: number, rows: number, value: number) => ({
      columns,
      rows,
      pixels: new Uint8Array(columns * rows).fill(value),
    });
    const same = Array.from({ length: 35 }, (_, n) => page(3, 2, n));
    const stack = only(await scanned(folder, { 'stack.tif': greyTiff(same) }));
    expect(stack).toMatchObject({ kind: 'stack', grid: null, resamplable: false, channels: 1 });
    expect(keys(stack).slice(0, 3)).toEqual(['stack.tif', 'stack.tif#2', 'stack.tif#3']);
    const { size, data } = await load(stack);
    expect(size).toEqual([3, 2, 35]);
    expect([...data].filter((_, n) => n % 6 === 0)).toEqual(same.map((_, n) => n));
    expect(readerOf(stack).readsFramesAlone(stack)).toBe(false);
    expect([...(await readerOf(stack).readFrame(stack, 7)).values]).toEqual(Array(6).fill(7));

    const mixed = only(
      await scanned(folder, { 'mixed.tif': greyTiff([page(3, 2, 1), page(1, 4, 2)]) }),
    );
    expect(mixed.kind).toBe('set');
    expect(mixed.frames.map((frame) => frame.size)).toEqual([
      [3, 2],
      [1, 4],
    ]);
    expect((await load(mixed)).size).toEqual([3, 4, 2]);

    const among = only(
      await scanned(folder, {
        'b.tif': greyTiff([page(1, 1, 1), page(1, 1, 2)]),
        'a.png': greyPng(1, 1, 0),
        'c.png': greyPng(1, 1, 3),
      }),
    );
    expect(keys(among)).toEqual(['a.png', 'b.tif', 'b.tif#2', 'c.png']);
    expect([...(await load(among)).data]).toEqual([0, 1, 2, 3]);
  });
});

it('BUSI as its authors give it: masks beside a picture are not pictures', async () => {
  const scan = await scanned(folder, {
    'benign (1).png': greyPng(2, 2),
    'benign (1)_mask.png': greyPng(2, 2, 1),
    'benign (1)_mask_1.png': greyPng(2, 2, 2),
    'a_mask.png': greyPng(2, 2, 3),
  });
  expect(keys(only(scan))).toEqual(['a_mask.png', 'benign (1).png']);
  expect(outcomesOf(scan).slice(2)).toEqual([
    ['benign (1)_mask.png', 'skipped', 'a mask of a picture beside it'],
    ['benign (1)_mask_1.png', 'skipped', 'a mask of a picture beside it'],
  ]);
});
