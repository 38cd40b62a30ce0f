import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import type { ImageInfo } from '../../src/shared/image/index.ts';
import { describeShared } from '../support/shared-data.ts';
import { byOpenCv, digestOf, missingOpenCv, missingPillow, type Digest } from './opencv.ts';
import { drawEveryKind } from './draw.ts';

const missing = missingOpenCv ?? missingPillow;

async function opened(path: string): Promise<ImageInfo> {
  const { files, images } = await scanImages([path]);
  expect(images, `${path}: ${files[0]?.reason}`).toHaveLength(1);
  return images[0]!;
}

async function ours(path: string): Promise<Digest> {
  const image = await opened(path);
  const { columns, rows, channels, values } = await readerOf(image).readFrame(image, 0);
  expect(image.frames[0]!.size).toEqual([columns, rows]);
  expect(image.channels).toBe(channels);
  return digestOf(columns, rows, channels, values);
}

describe.skipIf(missing)(`pictures as OpenCV reads them${missing ? `: ${missing}` : ''}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'marginalia-pictures-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('of every kind, to the last bit', async () => {
    const names = drawEveryKind(folder);
    const paths = names.map((name) => join(folder, name));
    const theirs = byOpenCv(paths);
    const result: Record<string, Digest | null> = {};
    for (const path of paths) result[path] = await ours(path);
    expect(result).toEqual(Object.fromEntries(paths.map((path, n) => [path, theirs[n]])));
    expect(names.length).toBeGreaterThan(100);
  });

  it('TIFF in tiles, with a predictor, from the last byte to the first, turned', async () => {
    const at = mkdtempSync(join(folder, 'tiff-'));
    const width = 301;
    const height = 157;
    const noise = (channels: 1 | 3) => ({
      create: {
        width,
        height,
        channels: 3 as const,
        background: '#808080',
        noise: { type: 'gaussian' as const, mean: 128, sigma: 40 },
      },
      ...(channels === 1 && { limitInputChannels: 3 }),
    });
    const paths: string[] = [];
    for (const compression of ['none', 'lzw', 'deflate', 'packbits', 'jpeg'] as const) {
      for (const tile of [false, true]) {
        const path = join(at, `${compression}-${tile}.tif`);
        await sharp(noise(3))
          .tiff({ compression, tile, tileWidth: 64, tileHeight: 48 })
          .toFile(path);
        const grey = join(at, `grey-${compression}-${tile}.tif`);
        await sharp(noise(1))
          .toColourspace('b-w')
          .tiff({ compression, tile, predictor: 'horizontal', tileWidth: 64, tileHeight: 48 })
          .toFile(grey);
        paths.push(path, grey);
      }
    }
    for (const orientation of [2, 6, 7]) {
      const path = join(at, `turned-${orientation}.tif`);
      await sharp(noise(3)).withMetadata({ orientation }).tiff({ compression: 'lzw' }).toFile(path);
      paths.push(path);
    }
    const theirs = byOpenCv(paths);
    for (const [n, path] of paths.entries()) expect(await ours(path), path).toEqual(theirs[n]);
  });

  it('transparency is left out, of grey as of colour', async () => {
    const at = mkdtempSync(join(folder, 'alpha-'));
    const png = new PNG({ width: 5, height: 4, colorType: 4 });
    png.data.forEach((_, n) => (png.data[n] = n % 4 === 3 ? n : 10 * Math.floor(n / 4)));
    const path = join(at, 'grey-alpha.png');
    writeFileSync(path, PNG.sync.write(png, { colorType: 4 }));
    const image = await opened(path);
    expect(image.channels).toBe(1);
    const { values } = await readerOf(image).readFrame(image, 0);
    expect([...values]).toEqual(Array.from({ length: 20 }, (_, n) => 10 * n));
  });
});

describe.skipIf(missingOpenCv)('published pictures as OpenCV reads them', () => {
  for (const [set, parts] of Object.entries({
    BUSI: ['Train', 'Val'],
    'Kvasir-SEG': ['Train', 'Val'],
  })) {
    describeShared(set, ['data', 'pictures', set], (root) => {
      it.each(parts)('%s, every pixel', async (part) => {
        const { images } = await scanImages([join(root, `${part}_Folder`)]);
        expect(images).toHaveLength(1);
        const [image] = images as [ImageInfo];
        const theirs = byOpenCv(image.files, image.channels === 3 ? 'colour' : 'stored');
        const { size, data } = await readerOf(image).readAll(image, {});
        const length = size[0] * size[1] * image.channels;
        const differing = image.frames.flatMap(({ key, size: [columns, rows] }, k) => {
          const values = new Uint8Array(columns * rows * image.channels);
          const across = columns * image.channels;
          for (let y = 0; y < rows; y++) {
            const from = k * length + y * size[0] * image.channels;
            values.set(data.subarray(from, from + across), y * across);
          }
          const digest = digestOf(columns, rows, image.channels, values);
          return digest.sha256 === theirs[k]!.sha256 ? [] : [key];
        });
        expect(differing).toEqual([]);
        expect(image.frames.length).toBe(image.files.length);
      });
    });
  }
});
