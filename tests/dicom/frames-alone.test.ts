import { mkdirSync, readFileSync, rmSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import {
  readFrames,
  readFramesAlone,
  type DecodedFrame,
} from '../../src/main/dicom/pixels/index.ts';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import type { ByteRange, Source } from '../../src/shared/image/index.ts';
import {
  BIG,
  concat,
  DEFLATED,
  DEFLATED_FRAMES,
  element,
  EXPLICIT,
  IMPLICIT,
  pixelFile,
  RLE,
  type PixelFields,
} from '../support/pixel-file.ts';
import { sharedPath } from '../support/shared-data.ts';
import { filesBelow } from './compared.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-frames-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file in memory that counts the bytes that are read of it. */
function counting(bytes: Uint8Array): Source & { readonly read$: () => number } {
  let count = 0;
  const part = ({ from, length }: ByteRange): Uint8Array => {
    const read = bytes.slice(from, from + length);
    count += read.length;
    return read;
  };
  return {
    path: 'a.dcm',
    size: bytes.length,
    canSeek: true,
    read: (limit = bytes.length) => Promise.resolve(part({ from: 0, length: limit })),
    readRanges: (ranges) => Promise.resolve(Uint8Array.from(concat(ranges.map(part)))),
    chunks: () => {
      throw new Error('is read whole');
    },
    read$: () => count,
  };
}

/** Frames by their shapes and bytes: element by element they would take minutes. */
const plain = (frames: readonly DecodedFrame[]): unknown[] =>
  frames.map(({ data, ...shape }) => ({
    ...shape,
    type: data.constructor.name,
    bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  }));

const FRAMES = 5;
const noise = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, n) => ((n + seed) * 2_654_435_761) >>> 13);
/** Larger than a first read of the header, so that what is read later shows. */
const LARGE = { rows: 300, columns: 301, frames: FRAMES } as const;
const PIXELS = LARGE.rows * LARGE.columns;
const eight = { bits: [8, 8, 7, 0] } as const;

/** PackBits of bytes that repeat nothing (PS3.5 annex G), with the head of a segment. */
function rle(cells: Uint8Array): Uint8Array {
  const runs: number[] = [];
  for (let at = 0; at < cells.length; at += 128) {
    const run = cells.subarray(at, at + 128);
    runs.push(run.length - 1, ...run);
  }
  const head = new Uint8Array(
    Uint32Array.from({ length: 16 }, (_, n) => (n === 0 ? 1 : n === 1 ? 64 : 0)).buffer,
  );
  return concat([head, Uint8Array.from(runs), new Uint8Array(runs.length % 2)]);
}
const cells = Array.from({ length: FRAMES }, (_, k) => noise(PIXELS, 1000 * k));
const runs = cells.map(rle);
const deflated = cells.map((frame) => {
  const bytes = new Uint8Array(deflateRawSync(frame));
  return concat([bytes, new Uint8Array(bytes.length % 2)]);
});
/** Where items begin behind the table. */
const offsetsOf = (sizes: readonly number[]): number[] =>
  sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + 8 + size, 0));
const halves = runs.flatMap((run) => [run.subarray(0, 4000), run.subarray(4000)]);

const DIALECTS: readonly [string, PixelFields][] = [
  ['16 bits', { ...LARGE, pixels: noise(2 * PIXELS * FRAMES) }],
  [
    '12 of 16 bits with a sign',
    { ...LARGE, bits: [16, 12, 11, 1], pixels: noise(2 * PIXELS * FRAMES) },
  ],
  [
    'implicit, 32 bits',
    { ...LARGE, syntax: IMPLICIT, bits: [32, 32, 31, 0], pixels: noise(4 * PIXELS * FRAMES) },
  ],
  [
    '8 bits of an odd number',
    { ...LARGE, rows: 301, ...eight, pixels: noise(301 * 301 * FRAMES + 1) },
  ],
  [
    'big endian words of 8 bits, frames of odd length',
    { ...LARGE, rows: 301, syntax: BIG, ...eight, pixels: noise(301 * 301 * FRAMES + 1) },
  ],
  ['big endian, 16 bits', { ...LARGE, syntax: BIG, pixels: noise(2 * PIXELS * FRAMES) }],
  [
    'single bits that end inside bytes',
    {
      rows: 701,
      columns: 999,
      frames: FRAMES,
      bits: [1, 1, 0, 0],
      pixels: noise(Math.ceil((701 * 999 * FRAMES) / 8) + 1),
    },
  ],
  [
    'real numbers',
    {
      ...LARGE,
      bits: [32, 32, 31, 0],
      pixelTag: 0x7fe00008,
      vr: 'OF',
      pixels: new Uint8Array(
        Float32Array.from({ length: PIXELS * FRAMES }, (_, n) => n / 7).buffer,
      ),
    },
  ],
  [
    'colour by pixel',
    {
      ...LARGE,
      ...eight,
      samples: 3,
      photometric: 'RGB',
      planar: 0,
      pixels: noise(3 * PIXELS * FRAMES),
    },
  ],
  [
    'colour by plane',
    {
      ...LARGE,
      ...eight,
      samples: 3,
      photometric: 'RGB',
      planar: 1,
      pixels: noise(3 * PIXELS * FRAMES),
    },
  ],
  [
    'chroma shared by two pixels',
    {
      ...LARGE,
      ...eight,
      samples: 3,
      photometric: 'YBR_FULL_422',
      planar: 0,
      pixels: noise(2 * PIXELS * FRAMES),
    },
  ],
  [
    'RLE, a fragment a frame',
    { ...LARGE, syntax: RLE, ...eight, pixels: new Uint8Array(), fragments: runs },
  ],
  [
    'RLE, two fragments a frame and a table',
    {
      ...LARGE,
      syntax: RLE,
      ...eight,
      pixels: new Uint8Array(),
      fragments: halves,
      table: offsetsOf(halves.map(({ length }) => length)).filter((_, n) => n % 2 === 0),
    },
  ],
  [
    'RLE, an extended table',
    {
      ...LARGE,
      syntax: RLE,
      ...eight,
      pixels: new Uint8Array(),
      fragments: runs,
      extended: offsetsOf(runs.map(({ length }) => length)).map(
        (offset, k) => [offset, runs[k]!.length] as const,
      ),
    },
  ],
  [
    'frames that are deflated',
    { ...LARGE, syntax: DEFLATED_FRAMES, ...eight, pixels: new Uint8Array(), fragments: deflated },
  ],
];

describe('a frame that is read alone', () => {
  it.each(DIALECTS)('has the pixels that it has among all: %s', async (_, fields) => {
    const bytes = pixelFile(fields);
    const all = plain(await readFrames(bytes, [...Array(FRAMES).keys()]));
    const source = counting(bytes);
    for (const k of [3, 0, 4, 1, 2])
      expect(plain(await readFramesAlone(source, [k]))).toEqual([all[k]]);
    // The header once, each frame once, the heads of fragments.
    expect(source.read$()).toBeLessThan(bytes.length + 2 ** 17 + FRAMES * 2 ** 16);
    const one = counting(bytes);
    await readFramesAlone(one, [2]);
    expect(one.read$()).toBeLessThan(bytes.length / 2 + 2 ** 17);
  });

  it('has its header read as far as that goes, however long it is', async () => {
    const before = [element(EXPLICIT, 0x00091010, 'OB', noise(400_000))];
    const bytes = pixelFile({ ...LARGE, frames: 20, before, pixels: noise(2 * PIXELS * 20) });
    const source = counting(bytes);
    const alone = await readFramesAlone(source, [19]);
    expect(plain(alone)).toEqual(plain(await readFrames(bytes, [19])));
    expect(source.read$()).toBeLessThan(bytes.length / 2);
  });

  it('is read of a deflated file all the same, which is read whole', async () => {
    const bytes = pixelFile({ ...LARGE, syntax: DEFLATED, pixels: noise(2 * PIXELS * FRAMES) });
    const alone = await readFramesAlone(counting(bytes), [1]);
    expect(plain(alone)).toEqual(plain(await readFrames(bytes, [1])));
  });

  it.each(DIALECTS.filter(([name]) => /^(16|RLE, a)/.test(name)))(
    'is refused where the file ends before it says, or has become shorter: %s',
    async (_, fields) => {
      const bytes = pixelFile(fields);
      const cut = counting(bytes.subarray(0, bytes.length - 20_000));
      await expect(readFramesAlone(cut, [0])).rejects.toMatchObject({ code: 'truncated-file' });
      const shorter = {
        ...counting(bytes),
        readRanges: counting(bytes.subarray(0, bytes.length - 60_000)).readRanges,
      };
      await expect(readFramesAlone(shorter, [4])).rejects.toMatchObject({ code: 'truncated-file' });
    },
  );

  it('is what a clip of a file gives, and not one of a zip; a file that is gone is named', async () => {
    const clip = pixelFile({
      ...LARGE,
      ...eight,
      before: [
        element(EXPLICIT, 0x00080018, 'UI', '1.2.3'),
        element(EXPLICIT, 0x0020000e, 'UI', '1.2'),
      ],
      pixels: noise(PIXELS * FRAMES + 1),
    });
    mkdirSync(join(folder, 'clip'));
    const path = join(folder, 'clip', 'a.dcm');
    writeFileSync(path, clip);
    writeFileSync(join(folder, 'clip.zip'), zipSync({ 'a.dcm': clip }));
    const [image] = (await scanImages([join(folder, 'clip')])).images;
    const [zipped] = (await scanImages([join(folder, 'clip.zip')])).images;
    expect(readerOf(image!).readsFramesAlone(image!)).toBe(true);
    expect(readerOf(zipped!).readsFramesAlone(zipped!)).toBe(false);
    const all = await readerOf(image!).readAll(image!, {});
    for (const k of [0, 4]) {
      const { values } = await readerOf(image!).readFrame(image!, k);
      expect([...values]).toEqual([...all.data.subarray(k * PIXELS, (k + 1) * PIXELS)]);
      expect((await readerOf(zipped!).readFrame(zipped!, k)).values).toEqual(values);
    }
    truncateSync(path, clip.length - 1000);
    await expect(readerOf(image!).readFrame(image!, 4)).rejects.toMatchObject({
      code: 'truncated-file',
    });
    rmSync(path);
    await expect(readerOf(image!).readFrame(image!, 4)).rejects.toMatchObject({
      code: 'unreadable-path',
    });
  });

  const data = sharedPath('data');
  it.skipIf(data === undefined)(
    `is the same in every file of several frames of others${data ? '' : ' (needs ../shared/data)'}`,
    async () => {
      const places = ['dialects', 'hard-series', 'mr-enhanced'].map((name) => join(data!, name));
      let compared = 0;
      for (const path of places.flatMap((place) => filesBelow(place))) {
        const bytes = readFileSync(path);
        const wanted = [0, 1];
        const whole = await readFrames(bytes, wanted).catch(() => undefined);
        if (!whole) continue;
        const alone = await readFramesAlone(counting(bytes), wanted);
        expect(plain(alone), basename(path)).toEqual(plain(whole));
        compared++;
      }
      expect(compared).toBeGreaterThan(10);
    },
    120_000,
  );
});
