import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { MarginaliaError } from '../../src/shared/errors.ts';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { colourPng, greyPng, greyTiff, outcomesOf, scanned, temporaryFolder } from './files.ts';

const folder = temporaryFolder();
const noise = (): Sharp =>
  sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
const png = await noise().png().toBuffer();
const jpeg = await noise().jpeg().toBuffer();
const palette = await noise().png({ palette: true, colours: 16 }).toBuffer();
const tiff = greyTiff([{ columns: 9, rows: 7, pixels: new Uint8Array(63).fill(3) }]);
const bmp = bitmap(7, 5, 24);

/** An uncompressed bitmap whose bytes count on. */
function bitmap(columns: number, rows: number, bits: number): Buffer {
  const bytes = Buffer.alloc(54 + rows * Math.ceil((columns * bits) / 32) * 4);
  for (const n of bytes.keys()) bytes[n] = n;
  bytes.write('BM');
  [bytes.length, 0, 54, 40, columns, rows, 1 | (bits << 16), 0, 0, 0, 0, 0, 0].forEach((v, n) =>
    bytes.writeUInt32LE(v, 2 + 4 * n),
  );
  return bytes;
}

/** A PNG with another size in its header, whose checksum is right. */
function withSize(bytes: Uint8Array, columns: number, rows: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(columns, 16);
  changed.writeUInt32BE(rows, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

/** A JPEG with another size in its frame header. */
function jpegOfSize(columns: number, rows: number): Buffer {
  const changed = Buffer.from(jpeg);
  const at = changed.indexOf(Buffer.from([0xff, 0xc0]));
  changed.writeUInt16BE(rows, at + 5);
  changed.writeUInt16BE(columns, at + 7);
  return changed;
}

/** With 40 zeros in the middle. */
const withZeros = (bytes: Buffer): Buffer =>
  Buffer.from(bytes).fill(0, bytes.length >> 1, (bytes.length >> 1) + 40);

/** Without one of its chunks. */
function withoutChunk(bytes: Buffer, kind: string): Buffer {
  const at = bytes.indexOf(kind) - 4;
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 12 + bytes.readUInt32BE(at))]);
}

describe('bad files', () => {
  const cases: [string, Uint8Array | string, RegExp][] = [
    ['cut.png', png.subarray(0, -13), /^is cut off: the end of the PNG is missing$/],
    ['cut.jpg', jpeg.subarray(0, jpeg.length >> 1), /^is cut off: the end of the JPEG is missing$/],
    ['almost.jpg', jpeg.subarray(0, -2), /^is cut off: the end of the JPEG is missing$/],
    [
      'cut.bmp',
      bmp.subarray(0, -1),
      /^cannot be decoded: it is cut off: 174 bytes are promised, 173/,
    ],
    ['damaged.png', withZeros(png), /^is damaged: a checksum in it is wrong$/],
    ['header.png', png.subarray(0, 20), /^is cut off/],
    ['start.png', png.subarray(0, 8), /^is cut off/],
    ['start.tif', tiff.subarray(0, 6), /^cannot be decoded/],
    ['half.tif', tiff.subarray(0, 40), /^cannot be decoded/],
    ['huge.png', withSize(png, 2 ** 31 - 1, 2 ** 31 - 1), /^cannot be decoded/],
    [
      'large.png',
      withSize(png, 9000, 9000),
      /^says that it has 9000 × 9000 pixels; up to 67108864/,
    ],
    ['large.jpg', jpegOfSize(65000, 65000), /^says that it has 65000 × 65000 pixels; up to/],
    ['large.bmp', bitmapOfSize(100_000, 100_000), /^cannot be decoded: it is cut off/],
    ['none.bmp', bitmapOfSize(0, 5), /^cannot be decoded: it has the impossible size 0 × 5$/],
    ['empty.png', withSize(png, 0, 5), /^cannot be decoded/],
    ['no-palette.png', withoutChunk(palette, 'PLTE'), /^cannot be decoded/],
    ['no-palette.bmp', bitmap(7, 5, 8), /^cannot be decoded: its palette is missing$/],
    ['text.jpg', 'no picture', /^is named as a picture, but is no PNG, JPEG, TIFF or BMP$/],
    ['zeros.tiff', new Uint8Array(999), /^is named as a picture/],
    ['empty.jpg', '', /^the file is empty$/],
  ];

  function bitmapOfSize(columns: number, rows: number): Buffer {
    const changed = Buffer.from(bmp);
    changed.writeInt32LE(columns, 18);
    changed.writeInt32LE(rows, 22);
    return changed;
  }

  it('have their outcome and their words; the others open', async () => {
    const scan = await scanned(folder, {
      ...Object.fromEntries(cases.map(([name, bytes]) => [name, bytes])),
      'good.png': png,
      'good.jpg': jpeg,
    });
    expect(scan.images.map((image) => image.frames.map(({ key }) => key))).toEqual([
      ['good.jpg', 'good.png'],
    ]);
    const outcomes = new Map(outcomesOf(scan).map(([name, ...rest]) => [name, rest]));
    for (const [name, , words] of cases) {
      const [status, reason] = outcomes.get(name)!;
      expect([name, status]).toEqual([name, 'failed']);
      expect(reason, name).toMatch(words);
    }
    const [image] = scan.images;
    expect((await readerOf(image!).readAll(image!, {})).size).toEqual([64, 48, 2]);
  });

  it('colour that says it is grey is no picture', async () => {
    const lying = Buffer.from(colourPng(8, 8, [1, 2, 3]));
    lying[25] = 0;
    lying.writeUInt32BE(crc32(lying.subarray(12, 29)), 29);
    const scan = await scanned(folder, { 'lying.png': lying, 'good.png': png });
    // What a header says is not compared with all pixels before they are read.
    const [image] = scan.images;
    expect(image!.frames).toHaveLength(2);
    const reader = readerOf(image!);
    const read = await reader.readFrame(image!, 1).then(
      ({ values }) => values.length,
      (error: MarginaliaError) => error.message,
    );
    expect(read === 64 * 3 || /^lying\.png cannot be decoded/.test(String(read))).toBe(true);
    expect((await reader.readFrame(image!, 0)).values).toHaveLength(64 * 48 * 3);
  });

  it('a picture that is damaged inside is named when it is read, and the others are read', async () => {
    const damaged = await noise().tiff({ compression: 'deflate' }).toBuffer();
    // The pixels begin behind the 8 bytes of the header.
    damaged.fill(255, 8, 60);
    const { images } = await scanned(folder, { 'damaged.tif': damaged, 'good.png': png });
    const [image] = images;
    const reader = readerOf(image!);
    const failure = {
      code: 'corrupt-picture',
      message: expect.stringMatching(/^damaged\.tif cannot be decoded: /) as string,
      hint: expect.stringMatching(/take it out of the folder/) as string,
    };
    await expect(reader.readFrame(image!, 0)).rejects.toMatchObject(failure);
    await expect(reader.readAll(image!, {})).rejects.toMatchObject(failure);
    expect((await reader.readFrame(image!, 1)).values).toHaveLength(64 * 48 * 3);
  });

  it('a file that went or changed after the scan is named', async () => {
    const { at, images } = await scanned(folder, { 'a.png': png, 'b.png': png, 'c.png': jpeg });
    const [image] = images;
    rmSync(join(at, 'a.png'));
    writeFileSync(join(at, 'b.png'), greyPng(3, 3));
    const reader = readerOf(image!);
    await expect(reader.readFrame(image!, 0)).rejects.toMatchObject({
      code: 'unreadable-path',
      message: expect.stringMatching(/a\.png cannot be read any more \(ENOENT\)/) as string,
    });
    await expect(reader.readFrame(image!, 1)).rejects.toMatchObject({
      code: 'changed-file',
      message: expect.stringMatching(/b\.png has changed: it was 64 × 48 pixels/) as string,
    });
    await expect(reader.readAll(image!, {})).rejects.toBeInstanceOf(MarginaliaError);
    expect((await reader.readFrame(image!, 2)).values).toHaveLength(64 * 48 * 3);
  });

  it('reading ends when it is no longer wanted', async () => {
    const { at, images } = await scanned(folder, { 'a.png': png, 'b.png': jpeg });
    const [image] = images;
    const reason = new Error('closed');
    const signal = AbortSignal.abort(reason);
    await expect(readerOf(image!).readAll(image!, { signal })).rejects.toBe(reason);
    await expect(readerOf(image!).readFrame(image!, 0, signal)).rejects.toBe(reason);
    await expect(scanImages([at], { signal })).rejects.toBe(reason);
  });
});

describe('any change of bytes', () => {
  const files = { 'x.png': png, 'x.jpg': jpeg, 'x.tif': tiff, 'x.bmp': bmp, 'p.png': palette };

  it.each(Object.entries(files))(
    '%s has its outcome, and frames of the size that was said',
    async (name, bytes) => {
      const at = join(folder, `changed-${name}`);
      mkdirSync(at);
      writeFileSync(join(at, 'good.png'), png);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
          fc.nat(bytes.length),
          async (changes, length) => {
            const changed = Buffer.from(bytes);
            for (const [place, value] of changes) changed[place] = value;
            // Half of them whole.
            const cut = length % 2 === 0 ? changed : changed.subarray(0, Math.max(1, length));
            writeFileSync(join(at, name), cut);
            const { files: outcomes, images } = await scanImages([at]);
            expect(outcomes).toHaveLength(2);
            for (const { status, reason } of outcomes)
              expect(status === 'loaded').toBe(reason === '');
            const reader = readerOf(images[0]!);
            for (const [k, { size }] of images[0]!.frames.entries()) {
              if (size[0] * size[1] > 2 ** 22) continue;
              try {
                const { columns, rows, values, channels } = await reader.readFrame(images[0]!, k);
                expect([columns, rows]).toEqual(size);
                expect(values).toHaveLength(columns * rows * channels);
              } catch (error) {
                expect(error).toBeInstanceOf(MarginaliaError);
              }
            }
          },
        ),
        { numRuns: 120 },
      );
    },
  );
});
