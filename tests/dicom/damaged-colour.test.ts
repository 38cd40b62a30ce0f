import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import { EXPLICIT, element, pixelFile, words, type PixelFields } from '../support/pixel-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-damaged-colour-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a file needs to belong to a series. */
const file = (fields: PixelFields, uid = '1', series = '3'): Uint8Array =>
  pixelFile({
    ...fields,
    before: [
      element(EXPLICIT, 0x00080018, 'UI', `1.2.${uid}`),
      element(EXPLICIT, 0x0020000e, 'UI', `1.2.${series}`),
    ],
  });

const rgb = { bits: [8, 8, 7, 0], vr: 'OB', samples: 3, photometric: 'RGB' } as const;
const palette = [
  ...[1, 2, 3].map((c) => element(EXPLICIT, 0x00281100 + c, 'US', words(4, 0, 8))),
  ...[1, 2, 3].map((c) => element(EXPLICIT, 0x00281200 + c, 'OW', Uint8Array.of(c, 9, 8, 7))),
];
const indexed = { ...rgb, samples: 1, photometric: 'PALETTE COLOR' } as const;
const [three, four] = [new Uint8Array(12), Uint8Array.of(0, 1, 2, 3)];

let written = 0;
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const path = join(folder, String(written++));
  mkdirSync(path);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
  return path;
}

describe('colour files with faults', () => {
  it('each have an outcome and its words; the others of the folder open', async () => {
    const path = folderOf({
      'good.dcm': file({ ...rgb, pixels: three }),
      'indexed.dcm': file({ ...indexed, pixels: four, after: palette }, '2'),
      'no-palette.dcm': file({ ...indexed, pixels: four }, '3'),
      'hsv.dcm': file({ ...rgb, photometric: 'HSV', pixels: three }, '4'),
      'one-sample.dcm': file({ ...rgb, samples: 1, pixels: three }, '5'),
      'grey-of-three.dcm': file({ ...rgb, photometric: 'MONOCHROME2', pixels: three }, '6'),
      'many-frames.dcm': file({ ...rgb, frames: 2_000_000_000, pixels: three }, '7'),
    });
    const { files, images } = await scanImages([path]);
    expect(Object.fromEntries(files.map((f) => [f.path.slice(path.length + 1), f.reason]))).toEqual(
      {
        'good.dcm': '',
        'indexed.dcm': '',
        'no-palette.dcm': 'has colours of a palette, but no palette',
        'hsv.dcm': 'has colours as HSV, which are not read here',
        'one-sample.dcm': 'says that its pixels have 1 sample, where RGB has 3',
        'grey-of-three.dcm': 'says that its pixels have 3 samples, where MONOCHROME2 has 1',
        'many-frames.dcm': expect.stringMatching(/^says that it has 2000000000 frames/) as string,
      },
    );
    expect(images.map(({ channels, frames }) => [channels, frames.length])).toEqual([[3, 2]]);
  });

  it('that hold bytes for one sample, or for three where one is said, are refused when they open', async () => {
    for (const [fields, code] of [
      [{ ...rgb, pixels: four }, 'truncated-file'],
      [{ ...rgb, samples: 1, photometric: 'MONOCHROME2', pixels: three }, 'corrupt-pixel-data'],
    ] as const) {
      const { images } = await scanImages([folderOf({ 'a.dcm': file(fields) })]);
      await expect(readerOf(images[0]!).readAll(images[0]!, {})).rejects.toMatchObject({ code });
    }
  });

  it.each([
    ['by plane', { ...rgb, planar: 1, frames: 2, pixels: new Uint8Array(24) }],
    ['of a palette', { ...indexed, pixels: four, after: palette }],
    ['in pairs', { ...rgb, photometric: 'YBR_FULL_422', pixels: new Uint8Array(8) }],
  ] as const)('%s, changed anywhere: read, or refused in words', async (_, fields) => {
    const whole = file(fields as PixelFields);
    const neighbour = file({ ...rgb, pixels: three }, '2', '4');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
        fc.option(fc.nat(whole.length)),
        async (changes, end) => {
          const bytes = whole.slice(0, end ?? whole.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const path = folderOf({ 'a.dcm': bytes, 'b.dcm': neighbour });
          const { files, images } = await scanImages([path]);
          expect(files).toHaveLength(2);
          expect(
            files.every(({ status, reason }) => (status === 'loaded') === (reason === '')),
          ).toBe(true);
          expect(images.length).toBeGreaterThan(0);
          for (const image of images) {
            const all: unknown = await readerOf(image)
              .readAll(image, {})
              .catch((error: unknown) => error);
            expect(!(all instanceof Error) || all instanceof MarginaliaError, String(all)).toBe(
              true,
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
