import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BIG,
  EXPLICIT,
  RLE,
  element,
  pixelFile,
  words,
  type PixelFields,
} from '../../../../tests/support/pixel-file.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { readFrames } from './index.ts';

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const GREY = [128, 128, 128];
/** Of ITU-R BT.601: Y 76.2, Cb 85.0, Cr 255.5 and so on, rounded. */
const YBR = {
  red: [76, 85, 255],
  green: [150, 44, 21],
  blue: [29, 255, 107],
  grey: [128, 128, 128],
};

const bytes8 = { bits: [8, 8, 7, 0], vr: 'OB' } as const;
const rgb = { ...bytes8, samples: 3, photometric: 'RGB' } as const;

const colours = async (fields: PixelFields): Promise<number[]> => {
  const [frame] = await readFrames(pixelFile(fields), [0], { name: 'a.dcm' });
  expect([frame!.channels, frame!.data.constructor]).toEqual([3, Uint8Array]);
  return [...frame!.data];
};

const failure = async (fields: PixelFields): Promise<MarginaliaError> => {
  const error: unknown = await readFrames(pixelFile(fields), [0], { name: 'a.dcm' }).catch(
    (e: unknown) => e,
  );
  if (error instanceof MarginaliaError) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
};

describe('colours of three samples', () => {
  it('by pixel and by plane are the same', async () => {
    const pixels = Uint8Array.from([RED, GREEN, BLUE, GREY].flat());
    const planes = Uint8Array.from(
      [0, 1, 2].flatMap((c) => [RED, GREEN, BLUE, GREY].map((p) => p[c]!)),
    );
    expect(await colours({ ...rgb, pixels })).toEqual([...pixels]);
    expect(await colours({ ...rgb, planar: 0, pixels })).toEqual([...pixels]);
    expect(await colours({ ...rgb, planar: 1, pixels: planes })).toEqual([...pixels]);
  });

  it('of several frames are those of the frame asked for', async () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i);
    const file = pixelFile({ ...rgb, frames: 2, planar: 1, pixels });
    const [second] = await readFrames(file, [1]);
    expect([...second!.data]).toEqual([12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23]);
  });

  it('YBR_FULL becomes red, green and blue; no value leaves its range', async () => {
    const photometric = 'YBR_FULL';
    const pixels = Uint8Array.from([YBR.red, YBR.green, YBR.blue, YBR.grey].flat());
    const back = await colours({ ...rgb, photometric, pixels });
    [RED, GREEN, BLUE, GREY].flat().forEach((value, i) => {
      // Luma and chroma were rounded to whole numbers.
      expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(1);
    });
    const wild = Uint8Array.from([255, 255, 255, 0, 0, 0, 255, 0, 128, 0, 255, 255]);
    expect(await colours({ ...rgb, photometric, pixels: wild })).toEqual([
      ...[255, 121, 255, 0, 135, 0, 255, 255, 28, 178, 0, 225],
    ]);
  });

  it('YBR_FULL_422 shares its chroma between two pixels; where all samples are there, it does not', async () => {
    const photometric = 'YBR_FULL_422';
    const [y, cb, cr] = YBR.red as [number, number, number];
    const dark = { ...rgb, photometric, rows: 1, columns: 2 };
    const pairs = await colours({ ...dark, pixels: Uint8Array.of(y, 0, cb, cr) });
    expect(pairs).toEqual([254, 0, 0, 178, 0, 0]);
    const whole = await colours({ ...dark, pixels: Uint8Array.of(y, cb, cr, 0, cb, cr) });
    expect(whole).toEqual(pairs);
    // Three pixels are two pairs, the last of which is half used.
    const odd = { ...dark, columns: 3, pixels: Uint8Array.of(9, 8, 128, 128, 7, 0, 128, 128) };
    expect(await colours(odd)).toEqual([9, 9, 9, 8, 8, 8, 7, 7, 7]);
  });

  it.each(['YBR_RCT', 'YBR_ICT'])(
    '%s is left behind by what decompressed it',
    async (photometric) => {
      const pixels = Uint8Array.from([RED, GREEN, BLUE, GREY].flat());
      expect(await colours({ ...rgb, photometric, pixels })).toEqual([...pixels]);
    },
  );

  it('of 16, 12 and 4 bits keep their highest eight', async () => {
    const fields = { ...rgb, vr: 'OW', rows: 1, columns: 1 } as const;
    const wide = {
      ...fields,
      bits: [16, 16, 15, 0],
      pixels: words(0xffff, 0x8000, 0x7fff),
    } as const;
    expect(await colours(wide)).toEqual([255, 128, 127]);
    const twelve = {
      ...fields,
      bits: [16, 12, 11, 0],
      pixels: words(0x0fff, 0x0800, 0xf010),
    } as const;
    expect(await colours(twelve)).toEqual([255, 128, 1]);
    const four = { ...fields, bits: [8, 4, 3, 0], pixels: Uint8Array.of(15, 8, 0, 0) } as const;
    expect(await colours(four)).toEqual([255, 136, 0]);
    const signed = {
      ...fields,
      bits: [8, 8, 7, 1],
      pixels: Uint8Array.of(255, 128, 0, 0),
    } as const;
    expect(await colours(signed)).toEqual([255, 128, 0]);
  });

  it('are run-length encoded sample by sample, the high byte first', async () => {
    const segments = [
      [255, 128],
      [1, 2],
      [0, 64],
      [3, 4],
      [7, 32],
      [5, 6],
    ];
    const header = new Uint32Array(16);
    header.set([6, ...segments.map((_, s) => 64 + 4 * s)]);
    const body = segments.flatMap((values) => [values.length - 1, ...values, 128]);
    const frame = Uint8Array.from([...new Uint8Array(header.buffer), ...body]);
    const fields = { ...rgb, syntax: RLE, rows: 1, columns: 2, bits: [16, 16, 15, 0] } as const;
    expect(await colours({ ...fields, pixels: frame, fragments: [frame] })).toEqual([
      ...[255, 0, 7, 128, 64, 32],
    ]);
  });
});

const table = (tag: number, value: Uint8Array, syntax = EXPLICIT): Uint8Array =>
  element(syntax, tag, 'OW', value);
const descriptor = (tag: number, entries: number, first: number, bits: number): Uint8Array =>
  element(EXPLICIT, tag, 'US', words(entries, first, bits));
const CHANNELS = [1, 2, 3];

interface Tables {
  readonly entries?: number;
  readonly first?: number;
  readonly bits?: number;
  readonly tables: readonly Uint8Array[];
  readonly segmented?: boolean;
}

const palette = ({ entries = 4, first = 0, bits = 8, tables, segmented }: Tables): Uint8Array[] => [
  ...CHANNELS.map((c) => descriptor(0x00281100 + c, entries, first, bits)),
  ...tables.map((values, c) => table((segmented ? 0x00281220 : 0x00281200) + c + 1, values)),
];

describe('colours of a palette', () => {
  const indexed = { ...bytes8, photometric: 'PALETTE COLOR' } as const;
  const pixels = Uint8Array.of(0, 1, 2, 3);
  const [r, g, b] = [
    [9, 8, 7, 6],
    [1, 2, 3, 4],
    [250, 0, 0, 5],
  ] as const;
  const expected = [9, 1, 250, 8, 2, 0, 7, 3, 0, 6, 4, 5];
  const eight = [r, g, b].map((values) => Uint8Array.from(values));

  it('of 8 bits, and of 16, of which the highest eight count', async () => {
    expect(await colours({ ...indexed, pixels, after: palette({ tables: eight }) })).toEqual(
      expected,
    );
    const sixteen = [r, g, b].map((values) => words(...values.map((v) => v * 257)));
    const after = palette({ bits: 16, tables: sixteen });
    expect(await colours({ ...indexed, pixels, after })).toEqual(expected);
    const shifted = [r, g, b].map((values) => words(...values.map((v) => v * 256)));
    const other = palette({ bits: 16, tables: shifted });
    expect(await colours({ ...indexed, pixels, after: other })).toEqual(expected);
  });

  it('of 8 bits in words, or said to be 16 where there are 8', async () => {
    const wide = [r, g, b].map((values) => words(...values));
    for (const after of [
      palette({ tables: wide }),
      palette({ bits: 16, tables: wide }),
      palette({ bits: 16, tables: eight }),
    ]) {
      expect(await colours({ ...indexed, pixels, after })).toEqual(expected);
    }
  });

  it('has the ends for values outside of it, and may begin below zero', async () => {
    const outside = { ...indexed, pixels: Uint8Array.of(0, 4, 6, 255) };
    const after = palette({ first: 5, tables: eight });
    expect(await colours({ ...outside, after })).toEqual([9, 1, 250, 9, 1, 250, 8, 2, 0, 6, 4, 5]);
    const signed = {
      ...indexed,
      bits: [8, 8, 7, 1],
      pixels: Uint8Array.of(254, 255, 0, 1),
    } as const;
    const below = palette({ first: 0xfffe, tables: eight });
    expect(await colours({ ...signed, after: below })).toEqual(expected);
  });

  it('of big endian words', async () => {
    const swap = (bytes: Uint8Array): Uint8Array => new Uint8Array(Buffer.from(bytes).swap16());
    const big = (tag: number, vr: string, value: Uint8Array): Uint8Array =>
      element(BIG, tag, vr, swap(value));
    const after = [
      ...CHANNELS.map((c) => big(0x00281100 + c, 'US', words(4, 0, 8))),
      ...eight.map((values, c) => big(0x00281201 + c, 'OW', values)),
    ];
    expect(await colours({ ...indexed, syntax: BIG, pixels, after })).toEqual(expected);
  });

  it('in segments: values, lines and what is repeated', async () => {
    const segments = words(0, 2, 0, 1000, 1, 4, 9000, 2, 1, 0, 0);
    const after = palette({
      entries: 8,
      bits: 16,
      segmented: true,
      tables: [segments, segments, segments],
    });
    const values = [0, 1000, 3000, 5000, 7000, 9000, 0, 1000].map((v) => v >> 8);
    const index = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const read = await colours({ ...indexed, rows: 2, columns: 4, pixels: index, after });
    expect(read.filter((_, i) => i % 3 === 0)).toEqual(values);
    const bytes = Uint8Array.of(0, 2, 10, 20, 1, 2, 40, 2, 1, 0, 0, 0, 0, 0);
    const small = palette({ entries: 6, segmented: true, tables: [bytes, bytes, bytes] });
    const narrow = await colours({
      ...indexed,
      rows: 1,
      columns: 6,
      pixels: index.subarray(0, 6),
      after: small,
    });
    expect(narrow.filter((_, i) => i % 3 === 0)).toEqual([10, 20, 30, 40, 10, 20]);
  });

  it.each([
    ['no table', 'no-palette', []],
    ['no table of blue', 'no-palette', palette({ tables: eight }).slice(0, 5)],
    ['a table that ends early', 'corrupt-file', palette({ entries: 9, tables: eight })],
    ['segments of no kind', 'corrupt-file', palette({ segmented: true, tables: eight })],
    [
      'segments that repeat themselves for ever',
      'corrupt-file',
      palette({
        segmented: true,
        tables: CHANNELS.map(() => Uint8Array.of(0, 1, 5, 2, 9, 3, 0, 0, 0, 0)),
      }),
    ],
  ])('is refused with %s', async (_, code, after) => {
    expect((await failure({ ...indexed, pixels, after })).code).toBe(code);
  });
});

describe('samples that are not what the header says', () => {
  it('three that are said to be one, one that is said to be three', async () => {
    const three = await failure({ ...bytes8, pixels: new Uint8Array(12) });
    expect(three).toMatchObject({
      code: 'corrupt-pixel-data',
      message: expect.stringContaining('a colour image that is said to be grey') as string,
    });
    const one = await failure({ ...rgb, pixels: new Uint8Array(4) });
    expect(one).toMatchObject({
      code: 'truncated-file',
      message: 'a.dcm holds 0 of 1 whole frame (4 of 12 bytes of pixels).',
    });
  });

  it('more than fit in memory, where grey ones would', async () => {
    const large = { ...rgb, rows: 8192, columns: 8192, frames: 6, pixels: words(1) };
    const wanted = [0, 1, 2, 3, 4, 5];
    const refused = readFrames(pixelFile(large), wanted, { name: 'a.dcm' });
    await expect(refused).rejects.toMatchObject({ code: 'image-too-large' });
    const grey = readFrames(pixelFile({ ...large, samples: 1, photometric: '' }), wanted);
    await expect(grey).rejects.toMatchObject({ code: 'truncated-file' });
  });
});

describe('damage anywhere in a colour file', () => {
  const eight = [1, 2, 3].map((c) => Uint8Array.of(c, 9, 8, 7));
  const whole = [
    { ...rgb, planar: 1, pixels: Uint8Array.from({ length: 12 }, (_, i) => 20 * i) },
    { ...rgb, photometric: 'YBR_FULL_422', pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    {
      ...bytes8,
      photometric: 'PALETTE COLOR',
      pixels: Uint8Array.of(0, 1, 2, 3),
      after: palette({ tables: eight }),
    },
    {
      ...bytes8,
      photometric: 'PALETTE COLOR',
      pixels: Uint8Array.of(0, 1, 2, 3),
      after: palette({
        segmented: true,
        bits: 16,
        tables: CHANNELS.map(() => words(0, 2, 0, 1000, 1, 2, 9000, 2, 1, 0, 0)),
      }),
    },
  ] as const;

  it.each(whole.map((fields) => [fields.photometric, fields] as const))(
    'of %s ends with an error of its own, or a frame',
    async (_, fields) => {
      const file = pixelFile(fields);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 }),
          fc.option(fc.nat(file.length)),
          async (changes, end) => {
            const bytes = file.slice(0, end ?? file.length);
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            const result: unknown = await readFrames(bytes, [0]).catch((e: unknown) => e);
            expect(Array.isArray(result) || result instanceof MarginaliaError).toBe(true);
          },
        ),
        { numRuns: 200 },
      );
    },
  );
});
