import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { frameNames } from '../../src/main/export/pictures/frame-names.ts';
import { maskFiles } from '../../src/main/export/pictures/masks.ts';
import { rasterOf, type FrameInfo } from '../../src/shared/image/index.ts';
import { exampleAnnotation } from './annotation-example.ts';

const frame = (key: string, size: readonly [number, number] = [2, 2]): FrameInfo => ({
  key,
  size,
  plane: null,
  spacing: null,
  time: null,
});
const imageOf = (frames: readonly FrameInfo[]) => ({
  ...exampleAnnotation().image,
  kind: 'set' as const,
  frames,
  raster: rasterOf(frames, null),
});

describe('masks of pictures', () => {
  it('are called as the pictures, told apart where two share a name, and stay in their folder', () => {
    const keys = ['a.png', 'b.jpg', 'b.png', 'c.tif', 'c.tif#2', '../d.png', 'ä ö.bmp'];
    expect(frameNames(imageOf(keys.map((key) => frame(key))))).toEqual([
      'a',
      'b.jpg',
      'b.png',
      'c',
      'c-2',
      '__d',
      'ä ö',
    ]);
  });

  it('have the size of each picture and the values of its labels', async () => {
    const image = imageOf([frame('a.png', [3, 1]), frame('b.png', [2, 2])]);
    expect(image.raster.size).toEqual([3, 2, 2]);
    const labelMap = Uint8Array.of(1, 0, 2, 9, 9, 9, 3, 0, 9, 0, 4, 9);
    const files = maskFiles(exampleAnnotation({ image, labelMap }));
    expect(files.map(({ name }) => name)).toEqual(['masks/a.png', 'masks/b.png']);
    const read = await Promise.all(
      files.map(async ({ content, atMost }) => {
        const parts: Uint8Array[] = [];
        for await (const part of content()) parts.push(part);
        const bytes = Buffer.concat(parts);
        expect(bytes.length).toBeLessThanOrEqual(atMost);
        const { width, height, data } = PNG.sync.read(bytes);
        return { width, height, values: [...data].filter((_, n) => n % 4 === 0) };
      }),
    );
    expect(read).toEqual([
      { width: 3, height: 1, values: [1, 0, 2] },
      { width: 2, height: 2, values: [3, 0, 0, 4] },
    ]);
  });
});
