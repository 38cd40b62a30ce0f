import { deflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MarginaliaError } from '../../../shared/errors.ts';
import { readHeader } from '../data-set.ts';
import { readFrames } from './index.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const RLE = '1.2.840.10008.1.2.5';
const DEFLATED_FRAMES = '1.2.840.10008.1.2.8.1';

type Value = number | string | Uint8Array;
interface Fields {
  readonly syntax?: string;
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number;
  readonly bits?: readonly [allocated: number, stored: number, high: number, signed: 0 | 1];
  readonly samples?: number;
  readonly photometric?: string;
  readonly pixels: Uint8Array;
  readonly pixelTag?: number;
  readonly vr?: string;
  readonly fragments?: readonly Uint8Array[];
  readonly table?: readonly number[];
  readonly extended?: readonly (readonly [offset: number, length: number])[];
  readonly before?: readonly Uint8Array[];
  readonly meta?: boolean;
}

const LONG = ['OB', 'OW', 'OF', 'OD', 'OV', 'SQ', 'UN'];

function element(
  syntax: string,
  tag: number,
  vr: string,
  value: Value,
  undefinedLength = false,
): Uint8Array {
  const little = syntax !== BIG;
  let bytes: Uint8Array;
  if (typeof value === 'number') {
    bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, little);
  } else if (typeof value === 'string') {
    bytes = new TextEncoder().encode(value.length % 2 === 0 ? value : `${value} `);
  } else {
    bytes = value;
  }
  const long = syntax === IMPLICIT || LONG.includes(vr);
  const head = new DataView(new ArrayBuffer(syntax !== IMPLICIT && long ? 12 : 8));
  head.setUint16(0, tag >>> 16, little);
  head.setUint16(2, tag & 0xffff, little);
  const length = undefinedLength ? 0xffffffff : bytes.length;
  if (syntax !== IMPLICIT) {
    head.setUint8(4, vr.charCodeAt(0));
    head.setUint8(5, vr.charCodeAt(1));
  }
  if (syntax === IMPLICIT) head.setUint32(4, length, true);
  else if (long) head.setUint32(8, length, little);
  else head.setUint16(6, length, little);
  return concat([new Uint8Array(head.buffer), bytes]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function item(bytes: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, 0xe000fffe, true);
  head.setUint32(4, bytes.length, true);
  return concat([new Uint8Array(head.buffer), bytes]);
}

const SEQUENCE_END = Uint8Array.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

function longs(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

/** A small DICOM file: only what describes pixels. */
function dicom(fields: Fields): Uint8Array {
  const { syntax = EXPLICIT, rows = 2, columns = 2, frames = 1, samples = 1 } = fields;
  const [allocated, stored, high, signed] = fields.bits ?? [16, 16, 15, 0];
  const { pixelTag = 0x7fe00010, vr = 'OW', meta = true } = fields;
  const encode = (tag: number, kind: string, value: Value, open = false): Uint8Array =>
    element(syntax, tag, kind, value, open);
  const encapsulated =
    fields.fragments &&
    concat([
      item(new Uint8Array(Uint32Array.from(fields.table ?? []).buffer)),
      ...fields.fragments.map(item),
      SEQUENCE_END,
    ]);
  const body = concat([
    encode(0x00080060, 'CS', 'MR'),
    ...(fields.before ?? []),
    encode(0x00280002, 'US', samples),
    encode(0x00280004, 'CS', fields.photometric ?? 'MONOCHROME2'),
    encode(0x00280008, 'IS', String(frames)),
    encode(0x00280010, 'US', rows),
    encode(0x00280011, 'US', columns),
    encode(0x00280100, 'US', allocated),
    encode(0x00280101, 'US', stored),
    encode(0x00280102, 'US', high),
    encode(0x00280103, 'US', signed),
    ...(fields.extended === undefined
      ? []
      : [
          encode(0x7fe00001, 'OV', longs(fields.extended.map(([offset]) => offset))),
          encode(0x7fe00002, 'OV', longs(fields.extended.map(([, length]) => length))),
        ]),
    encapsulated === undefined
      ? encode(pixelTag, vr, fields.pixels)
      : encode(pixelTag, 'OB', encapsulated, true),
  ]);
  if (!meta) return body;
  return concat([
    new Uint8Array(128),
    new TextEncoder().encode('DICM'),
    element(EXPLICIT, 0x00020010, 'UI', syntax),
    syntax === DEFLATED ? deflateRawSync(body) : body,
  ]);
}

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

const words = (...numbers: number[]): Uint8Array =>
  new Uint8Array(Uint16Array.from(numbers).buffer);
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
  ] satisfies [string, Fields][])('reads %s', async (_, fields) => {
    const bytes = dicom(fields);
    const before = bytes.slice();
    expect(await values(bytes)).toEqual([[1, 2, 3, 40000]]);
    expect(bytes).toEqual(before);
  });

  it('drops overlay bits and extends the sign of 12 bits in 16', async () => {
    const overlaid = words(0x0800, 0xf7ff, 0x1fff, 0x8001);
    expect(await values(dicom({ bits: [16, 12, 11, 1], pixels: overlaid }))).toEqual([
      [-2048, 2047, -1, 1],
    ]);
    expect(await values(dicom({ bits: [16, 12, 11, 0], pixels: overlaid }))).toEqual([
      [2048, 2047, 4095, 1],
    ]);
  });

  it('shifts values whose high bit is not the lowest possible', async () => {
    const high = words(0x0010, 0x8000, 0xfff0, 0x7fff);
    expect(await values(dicom({ bits: [16, 12, 15, 1], pixels: high }))).toEqual([
      [1, -2048, -1, 2047],
    ]);
  });

  it('reads frames in the order asked for', async () => {
    const three = dicom({ frames: 3, rows: 1, columns: 2, pixels: words(1, 2, 3, 4, 5, 6) });
    expect(await values(three, [2, 0])).toEqual([
      [5, 6],
      [1, 2],
    ]);
    expect(await codeOf(three, [3])).toBe('no-such-frame');
  });

  it('reads 8-bit big endian as bytes (OB) and as words (OW)', async () => {
    const fields: Fields = { syntax: BIG, bits: [8, 8, 7, 0], pixels: Uint8Array.of(1, 2, 3, 4) };
    expect(await values(dicom({ ...fields, vr: 'OB' }))).toEqual([[1, 2, 3, 4]]);
    expect(await values(dicom({ ...fields, vr: 'OW' }))).toEqual([[2, 1, 4, 3]]);
  });

  it('reads one-bit frames that do not end on a byte', async () => {
    // Frames of 3 × 1: bits 101 011, least significant first.
    const bits = dicom({
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
    expect(await values(dicom({ bits: [32, 32, 31, 1], pixels: integers }))).toEqual([
      [-5, 70000, 0, 1],
    ]);
    const floats = new Uint8Array(Float32Array.of(0.5, -1, 2, 3).buffer);
    expect(
      await values(
        dicom({ pixels: floats, pixelTag: 0x7fe00008, vr: 'OF', bits: [32, 32, 31, 0] }),
      ),
    ).toEqual([[0.5, -1, 2, 3]]);
    const doubles = new Uint8Array(Float64Array.of(0.1, -1, 2, 3).buffer);
    expect(await values(dicom({ pixels: doubles, pixelTag: 0x7fe00009, vr: 'OD' }))).toEqual([
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
      const file = dicom({ before: [sequence], pixels: words(1, 2, 3, 4) });
      expect(await values(file)).toEqual([[1, 2, 3, 4]]);
    }
  });
});

describe('readFrames, what it refuses', () => {
  it('names the frames that a truncated file still holds', async () => {
    const file = dicom({ frames: 3, pixels: words(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) });
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
    ['RGB', { samples: 3, photometric: 'RGB' }],
    ['YBR', { samples: 3, photometric: 'YBR_FULL_422' }],
    ['a palette', { photometric: 'PALETTE COLOR' }],
  ])('colour: %s', async (_, fields) => {
    expect(await codeOf(dicom({ ...fields, pixels: new Uint8Array(24) }))).toBe('colour-image');
  });

  it('a transfer syntax that it cannot read, by name', async () => {
    const file = dicom({ syntax: '1.2.840.10008.1.2.4.102', pixels: words(1, 2, 3, 4) });
    await expect(readFrames(file, [0], { name: 'a.dcm' })).rejects.toMatchObject({
      code: 'unknown-transfer-syntax',
      message: expect.stringContaining(
        '1.2.840.10008.1.2.4.102 (MPEG-4 AVC/H.264 High Profile / Level 4.1)',
      ) as string,
    });
    expect(await codeOf(dicom({ syntax: '1.2.3.4', pixels: words(1) }))).toBe(
      'unknown-transfer-syntax',
    );
  });

  it('what is no image', async () => {
    expect(await codeOf(new TextEncoder().encode('name,age\n'.repeat(50)))).toBe('not-dicom');
    expect(await codeOf(new Uint8Array(0))).toBe('not-dicom');
    expect(await codeOf(dicom({ pixels: words(1), pixelTag: 0x00420011, vr: 'OB' }))).toBe(
      'no-pixel-data',
    );
    const huge = { rows: 65535, columns: 65535, pixels: words(1) };
    expect(await codeOf(dicom(huge))).toBe('image-too-large');
    const large = { rows: 8192, columns: 8192, frames: 20, pixels: words(1) };
    const wanted = Array.from({ length: 20 }, (_, k) => k);
    expect(await codeOf(dicom(large), wanted)).toBe('image-too-large');
    expect(await codeOf(dicom({ bits: [12, 12, 11, 0], pixels: words(1) }))).toBe(
      'unsupported-pixels',
    );
  });

  it('an aborted signal', async () => {
    const file = dicom({ pixels: words(1, 2, 3, 4) });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readFrames(file, [0], { signal })).rejects.toThrow('enough');
  });

  it('damage anywhere, with an error of its own', async () => {
    const whole = dicom({ syntax: RLE, pixels: new Uint8Array(), fragments: [rle([1, 2, 3, 4])] });
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
    const file = dicom({ ...fields, frames: 2, fragments: [first, second] });
    expect(await values(file, [0, 1])).toEqual(both);
  });

  it('joins the fragments of a frame by the basic offset table', async () => {
    const fragments = [first.subarray(0, 40), first.subarray(40), second];
    const table = [0, first.length + 16];
    const file = dicom({ ...fields, frames: 2, fragments, table });
    expect(await values(file, [0, 1])).toEqual(both);
    expect(await codeOf(dicom({ ...fields, frames: 2, fragments }))).toBe('corrupt-pixel-data');
  });

  it('joins all fragments of a single frame', async () => {
    const fragments = [first.subarray(0, 40), first.subarray(40)];
    expect(await values(dicom({ ...fields, fragments }))).toEqual([[1, 2, 3, 4]]);
  });

  it('goes by the extended offset table', async () => {
    // The table may name frames in another order than they lie.
    const extended = [
      [first.length + 8, second.length],
      [0, first.length],
    ] as const;
    const file = dicom({ ...fields, frames: 2, fragments: [first, second], extended });
    expect(await values(file, [0, 1])).toEqual([both[1], both[0]]);
    const header = readHeader(file, 'a.dcm');
    expect(header?.hasPixels).toBe(true);
    expect(header?.dataSet.number('0028,0010')).toBe(2);
  });

  it('says how many frames are missing', async () => {
    const file = dicom({ ...fields, frames: 3, fragments: [first, second] });
    await expect(readFrames(file, [0], { name: 'a.dcm' })).rejects.toMatchObject({
      code: 'truncated-file',
      message: 'a.dcm holds 2 of 3 compressed frames.',
    });
    const whole = dicom({ ...fields, frames: 2, fragments: [first, second] });
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
    const cut = dicom({ ...fields, fragments: halves, table: [0] }).slice(0, -20);
    const { set, element } = pixelsOf(cut);
    const frame = dicomParser.readEncapsulatedImageFrame(set, element, 0);
    expect([...frame.subarray(-12)]).toEqual(new Array(12).fill(0));
    expect(await codeOf(cut)).toBe('truncated-file');

    const two = pixelsOf(dicom({ ...fields, frames: 2, fragments: [first, second] }));
    expect(dicomParser.createJPEGBasicOffsetTable(two.set, two.element)).toEqual([0]);
  });

  it('reads deflated frames, and no more than fits', async () => {
    const frame = (size: number): Uint8Array => {
      const deflated = deflateRawSync(new Uint8Array(size).fill(7));
      return concat([deflated, new Uint8Array(deflated.length % 2)]);
    };
    const deflated = { ...fields, syntax: DEFLATED_FRAMES };
    expect(await values(dicom({ ...deflated, fragments: [frame(4)] }))).toEqual([[7, 7, 7, 7]]);
    expect(await codeOf(dicom({ ...deflated, fragments: [frame(1e6)] }))).toBe('image-too-large');
    expect(await codeOf(dicom({ ...deflated, fragments: [frame(2)] }))).toBe('corrupt-pixel-data');
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
      dicom({ ...fields, syntax, fragments: [stream] });
    await expect(readFrames(file(jpeg(60000, 60000, 1)), [0])).rejects.toMatchObject({
      code: 'corrupt-pixel-data',
      message: expect.stringContaining('compressed as 60000 × 60000 pixels') as string,
    });
    expect(await codeOf(file(jpeg(2, 2, 3)))).toBe('colour-image');
    expect(await codeOf(file(Uint8Array.of(1, 2, 3, 4, 5, 6)))).toBe('corrupt-pixel-data');
    // A header alone: the codec's own word for it, from its thread.
    expect(await codeOf(file(jpeg(2, 2, 1)))).toBe('corrupt-pixel-data');
  });

  it('says so where the transfer syntax and the pixels disagree', async () => {
    const plain = dicom({ ...fields, pixels: words(1, 2) });
    expect(await codeOf(plain)).toBe('corrupt-pixel-data');
    const packed = dicom({ ...fields, syntax: EXPLICIT, fragments: [first] });
    expect(await codeOf(packed)).toBe('corrupt-pixel-data');
  });
});
