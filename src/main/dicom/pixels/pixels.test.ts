import { deflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MarginaliaError } from '../../../shared/errors.ts';
import {
  BIG,
  DEFLATED,
  DEFLATED_FRAMES,
  EXPLICIT,
  IMPLICIT,
  RLE,
  SEQUENCE_END,
  concat,
  element,
  item,
  pixelFile,
  words,
  type PixelFields,
} from '../../../../tests/support/pixel-file.ts';
import { readHeader } from '../data-set.ts';
import { readFrames } from './index.ts';

async function values(bytes: Uint8Array, frames: readonly number[] = [0]): Promise<number[][]> {
  return (await readFrames(bytes, frames)).map((frame) => [...frame.data]);
}

async function codeOf(bytes: Uint8Array, frames: readonly number[] = [0]): Promise<string> {
  const error: unknown = await readFrames(bytes, frames, { name: 'a.dcm' }).catch(
    (e: unknown) => e,
  );
  if (!(error instanceof MarginaliaError)) throw error;
  return error.code;
}

const swapped = (bytes: Uint8Array): Uint8Array => new Uint8Array(Buffer.from(bytes).swap16());

describe('readFrames, uncompressed', () => {
  const pixels = words(1, 2, 3, 40000);

  it.each([
    ['explicit little endian', { pixels }],
    ['implicit little endian', { syntax: IMPLICIT, pixels }],
    ['explicit big endian', { syntax: BIG, pixels: swapped(pixels) }],
    ['deflated', { syntax: DEFLATED, pixels }],
    ['explicit without preamble and meta header', { pixels, meta: false }],
    ['implicit without preamble and meta header', { syntax: IMPLICIT, pixels, meta: false }],
    ['big endian without preamble', { syntax: BIG, pixels: swapped(pixels), meta: false }],
  ] satisfies [string, PixelFields][])('reads %s', async (_, fields) => {
    const bytes = pixelFile(fields);
    const before = bytes.slice();
    expect(await values(bytes)).toEqual([[1, 2, 3, 40000]]);
    expect(bytes).toEqual(before);
  });

  it('drops overlay bits and extends the sign of 12 bits in 16', async () => {
    const overlaid = words(0x0800, 0xf7ff, 0x1fff, 0x8001);
    expect(await values(pixelFile({ bits: [16, 12, 11, 1], pixels: overlaid }))).toEqual([
      [-2048, 2047, -1, 1],
    ]);
    expect(await values(pixelFile({ bits: [16, 12, 11, 0], pixels: overlaid }))).toEqual([
      [2048, 2047, 4095, 1],
    ]);
  });

  it('shifts values whose high bit is not the lowest possible', async () => {
    const high = words(0x0010, 0x8000, 0xfff0, 0x7fff);
    expect(await values(pixelFile({ bits: [16, 12, 15, 1], pixels: high }))).toEqual([
      [1, -2048, -1, 2047],
    ]);
  });

  it('reads frames in the order asked for', async () => {
    const three = pixelFile({ frames: 3, rows: 1, columns: 2, pixels: words(1, 2, 3, 4, 5, 6) });
    expect(await values(three, [2, 0])).toEqual([
      [5, 6],
      [1, 2],
    ]);
    expect(await codeOf(three, [3])).toBe('no-such-frame');
  });

  it('reads 8-bit big endian as bytes (OB) and as words (OW)', async () => {
    const fields: PixelFields = {
      syntax: BIG,
      bits: [8, 8, 7, 0],
      pixels: Uint8Array.of(1, 2, 3, 4),
    };
    expect(await values(pixelFile({ ...fields, vr: 'OB' }))).toEqual([[1, 2, 3, 4]]);
    expect(await values(pixelFile({ ...fields, vr: 'OW' }))).toEqual([[2, 1, 4, 3]]);
  });

  it('reads one-bit frames that do not end on a byte', async () => {
    // Frames of 3 × 1: bits 101 011, least significant first.
    const bits = pixelFile({
      rows: 1,
      columns: 3,
      frames: 2,
      bits: [1, 1, 0, 0],
      vr: 'OB',
      pixels: Uint8Array.of(0b110101, 0),
    });
    expect(await values(bits, [0, 1])).toEqual([
      [1, 0, 1],
      [0, 1, 1],
    ]);
  });

  it('reads 32-bit integers, float and double pixel data', async () => {
    const integers = new Uint8Array(Int32Array.of(-5, 70000, 0, 1).buffer);
    expect(await values(pixelFile({ bits: [32, 32, 31, 1], pixels: integers }))).toEqual([
      [-5, 70000, 0, 1],
    ]);
    const floats = new Uint8Array(Float32Array.of(0.5, -1, 2, 3).buffer);
    expect(
      await values(
        pixelFile({ pixels: floats, pixelTag: 0x7fe00008, vr: 'OF', bits: [32, 32, 31, 0] }),
      ),
    ).toEqual([[0.5, -1, 2, 3]]);
    const doubles = new Uint8Array(Float64Array.of(0.1, -1, 2, 3).buffer);
    expect(await values(pixelFile({ pixels: doubles, pixelTag: 0x7fe00009, vr: 'OD' }))).toEqual([
      [0.1, -1, 2, 3],
    ]);
  });

  it('passes over sequences with an icon of their own', async () => {
    const icon = concat([
      element(EXPLICIT, 0x00280010, 'US', 77),
      element(EXPLICIT, 0x7fe00010, 'OW', words(9)),
    ]);
    const open = new DataView(new ArrayBuffer(8));
    open.setUint32(0, 0xe000fffe, true);
    open.setUint32(4, 0xffffffff, true);
    const itemEnd = Uint8Array.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]);
    const undefinedItem = concat([new Uint8Array(open.buffer), icon, itemEnd, SEQUENCE_END]);
    for (const sequence of [
      element(EXPLICIT, 0x00880200, 'SQ', item(icon)),
      element(EXPLICIT, 0x00880200, 'SQ', undefinedItem, true),
    ]) {
      const file = pixelFile({ before: [sequence], pixels: words(1, 2, 3, 4) });
      expect(await values(file)).toEqual([[1, 2, 3, 4]]);
    }
  });
});

describe('readFrames, what it refuses', () => {
  it('names the frames that a truncated file still holds', async () => {
    const file = pixelFile({ frames: 3, pixels: words(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) });
    const cut = file.subarray(0, file.length - 6);
    await expect(readFrames(cut, [0], { name: 'a.dcm' })).rejects.toMatchObject({
      code: 'truncated-file',
      message: 'a.dcm holds 2 of 3 whole frames (18 of 24 bytes of pixels).',
    });
    // Wherever it is cut behind the preamble's mark, it never passes for whole.
    for (let end = 132; end < file.length; end++) {
      const code = await codeOf(file.subarray(0, end));
      expect(['truncated-file', 'no-pixel-data', 'not-dicom']).toContain(code);
    }
  });

  it.each([
    ['HSV', { samples: 3, photometric: 'HSV' }],
    ['four samples', { samples: 4, photometric: 'RGB' }],
    ['one sample of three', { samples: 1, photometric: 'RGB' }],
    ['three samples of grey', { samples: 3, photometric: 'MONOCHROME2' }],
  ])('colours that it does not know, and contradictions: %s', async (_, fields) => {
    expect(await codeOf(pixelFile({ ...fields, pixels: new Uint8Array(24) }))).toBe(
      'unsupported-pixels',
    );
  });

  it('a transfer syntax that it cannot read, by name', async () => {
    const file = pixelFile({ syntax: '1.2.840.10008.1.2.4.102', pixels: words(1, 2, 3, 4) });
    await expect(readFrames(file, [0], { name: 'a.dcm' })).rejects.toMatchObject({
      code: 'unknown-transfer-syntax',
      message: expect.stringContaining(
        '1.2.840.10008.1.2.4.102 (MPEG-4 AVC/H.264 High Profile / Level 4.1)',
      ) as string,
    });
    expect(await codeOf(pixelFile({ syntax: '1.2.3.4', pixels: words(1) }))).toBe(
      'unknown-transfer-syntax',
    );
  });

  it('what is no image', async () => {
    expect(await codeOf(new TextEncoder().encode('name,age\n'.repeat(50)))).toBe('not-dicom');
    expect(await codeOf(new Uint8Array(0))).toBe('not-dicom');
    expect(await codeOf(pixelFile({ pixels: words(1), pixelTag: 0x00420011, vr: 'OB' }))).toBe(
      'no-pixel-data',
    );
    const huge = { rows: 65535, columns: 65535, pixels: words(1) };
    expect(await codeOf(pixelFile(huge))).toBe('image-too-large');
    const large = { rows: 8192, columns: 8192, frames: 20, pixels: words(1) };
    const wanted = Array.from({ length: 20 }, (_, k) => k);
    expect(await codeOf(pixelFile(large), wanted)).toBe('image-too-large');
    expect(await codeOf(pixelFile({ bits: [12, 12, 11, 0], pixels: words(1) }))).toBe(
      'unsupported-pixels',
    );
  });

  it('an aborted signal', async () => {
    const file = pixelFile({ pixels: words(1, 2, 3, 4) });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readFrames(file, [0], { signal })).rejects.toThrow('enough');
  });

  it('damage anywhere, with an error of its own', async () => {
    const whole = pixelFile({
      syntax: RLE,
      pixels: new Uint8Array(),
      fragments: [rle([1, 2, 3, 4])],
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (changes) => {
          const bytes = whole.slice();
          for (const [at, value] of changes) bytes[at] = value;
          const error: unknown = await readFrames(bytes, [0]).catch((e: unknown) => e);
          expect(Array.isArray(error) || error instanceof MarginaliaError).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** One-byte cells as a frame of one literal run. */
function rle(cells: readonly number[]): Uint8Array {
  const header = new Uint8Array(64);
  header[0] = 1;
  header[4] = 64;
  const bytes = [...header, cells.length - 1, ...cells];
  return Uint8Array.from(bytes.length % 2 === 0 ? bytes : [...bytes, 0]);
}

describe('readFrames, encapsulated', () => {
  const fields = { syntax: RLE, bits: [8, 8, 7, 0], pixels: new Uint8Array() } as const;
  const first = rle([1, 2, 3, 4]);
  const second = rle([5, 6, 7, 8]);
  const both = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];

  it('reads a frame a fragment without an offset table', async () => {
    const file = pixelFile({ ...fields, frames: 2, fragments: [first, second] });
    expect(await values(file, [0, 1])).toEqual(both);
  });

  it('joins the fragments of a frame by the basic offset table', async () => {
    const fragments = [first.subarray(0, 40), first.subarray(40), second];
    const table = [0, first.length + 16];
    const file = pixelFile({ ...fields, frames: 2, fragments, table });
    expect(await values(file, [0, 1])).toEqual(both);
    expect(await codeOf(pixelFile({ ...fields, frames: 2, fragments }))).toBe('corrupt-pixel-data');
  });

  it('joins all fragments of a single frame', async () => {
    const fragments = [first.subarray(0, 40), first.subarray(40)];
    expect(await values(pixelFile({ ...fields, fragments }))).toEqual([[1, 2, 3, 4]]);
  });

  it('goes by the extended offset table', async () => {
    // The table may name frames in another order than they lie.
    const extended = [
      [first.length + 8, second.length],
      [0, first.length],
    ] as const;
    const file = pixelFile({ ...fields, frames: 2, fragments: [first, second], extended });
    expect(await values(file, [0, 1])).toEqual([both[1], both[0]]);
    const header = readHeader(file, 'a.dcm');
    expect(header?.hasPixels).toBe(true);
    expect(header?.dataSet.number('0028,0010')).toBe(2);
  });

  it('says how many frames are missing', async () => {
    const file = pixelFile({ ...fields, frames: 3, fragments: [first, second] });
    await expect(readFrames(file, [0], { name: 'a.dcm' })).rejects.toMatchObject({
      code: 'truncated-file',
      message: 'a.dcm holds 2 of 3 compressed frames.',
    });
    const whole = pixelFile({ ...fields, frames: 2, fragments: [first, second] });
    expect(await codeOf(whole.subarray(0, whole.length - 20))).toBe('truncated-file');
  });

  it('does what dicom-parser does not: refuses a frame that is cut off, tells RLE frames apart', async () => {
    const pixelsOf = (byteArray: Uint8Array) => {
      const byteArrayParser = dicomParser.littleEndianByteArrayParser;
      const at = Buffer.from(byteArray).indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0]));
      const stream = new dicomParser.ByteStream(byteArrayParser, byteArray, at);
      const element = dicomParser.readDicomElementExplicit(stream, stream.warnings);
      return { set: { byteArray, byteArrayParser } as dicomParser.DataSet, element };
    };
    const halves = [first.subarray(0, 40), first.subarray(40)];
    const cut = pixelFile({ ...fields, fragments: halves, table: [0] }).slice(0, -20);
    const { set, element } = pixelsOf(cut);
    const frame = dicomParser.readEncapsulatedImageFrame(set, element, 0);
    expect([...frame.subarray(-12)]).toEqual(new Array(12).fill(0));
    expect(await codeOf(cut)).toBe('truncated-file');

    const two = pixelsOf(pixelFile({ ...fields, frames: 2, fragments: [first, second] }));
    expect(dicomParser.createJPEGBasicOffsetTable(two.set, two.element)).toEqual([0]);
  });

  it('reads deflated frames, and no more than fits', async () => {
    const frame = (size: number): Uint8Array => {
      const deflated = deflateRawSync(new Uint8Array(size).fill(7));
      return concat([deflated, new Uint8Array(deflated.length % 2)]);
    };
    const deflated = { ...fields, syntax: DEFLATED_FRAMES };
    expect(await values(pixelFile({ ...deflated, fragments: [frame(4)] }))).toEqual([[7, 7, 7, 7]]);
    expect(await codeOf(pixelFile({ ...deflated, fragments: [frame(1e6)] }))).toBe(
      'image-too-large',
    );
    expect(await codeOf(pixelFile({ ...deflated, fragments: [frame(2)] }))).toBe(
      'corrupt-pixel-data',
    );
  });

  it('checks what a codestream says of itself before it is decoded', async () => {
    const jpeg = (rows: number, columns: number, components: number): Uint8Array =>
      Uint8Array.of(
        ...[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, rows >> 8, rows & 255, columns >> 8, columns & 255],
        ...[components, 1, 0x11, 0, 0xff, 0xda],
        0,
      );
    const syntax = '1.2.840.10008.1.2.4.50';
    const file = (stream: Uint8Array): Uint8Array =>
      pixelFile({ ...fields, syntax, fragments: [stream] });
    await expect(readFrames(file(jpeg(60000, 60000, 1)), [0])).rejects.toMatchObject({
      code: 'corrupt-pixel-data',
      message: expect.stringContaining('compressed as 60000 × 60000 pixels') as string,
    });
    expect(await codeOf(file(jpeg(2, 2, 3)))).toBe('corrupt-pixel-data');
    expect(await codeOf(file(Uint8Array.of(1, 2, 3, 4, 5, 6)))).toBe('corrupt-pixel-data');
    // A header alone: the codec's own word for it, from its thread.
    expect(await codeOf(file(jpeg(2, 2, 1)))).toBe('corrupt-pixel-data');
  });

  it('says so where the transfer syntax and the pixels disagree', async () => {
    const plain = pixelFile({ ...fields, pixels: words(1, 2) });
    expect(await codeOf(plain)).toBe('corrupt-pixel-data');
    const packed = pixelFile({ ...fields, syntax: EXPLICIT, fragments: [first] });
    expect(await codeOf(packed)).toBe('corrupt-pixel-data');
  });
});
