import { MarginaliaError } from '../../../shared/errors.ts';
import { spanOf, unsigned, type PixelDataSet } from './dataset.ts';
import { expandSegments } from './palette-segments.ts';
import type { StoredValues } from './stored.ts';

/** The colours of PALETTE COLOR: PS3.3 C.7.6.3.1.5. */
export interface Palette {
  /** The stored value that has the first colour; lower ones have it, too. */
  readonly first: number;
  /** Red, green and blue of every entry, 8 bits each; values beyond have the last. */
  readonly colours: Uint8Array;
}

const CHANNELS = ['1', '2', '3'] as const;

/**
 * The three lookup tables of a palette, whole (0028,1201–1203) or in segments (0028,1221–1223), of 8
 * or 16 bits. Of 16 bits the highest eight are taken, unless no entry has any of them: then the file
 * says 16 bits and means 8, as DCMTK takes it, too (DiPalette).
 * @param signed whether stored values are, and with them the first that is mapped.
 * @throws MarginaliaError `no-palette`, `corrupt-file`.
 */
export function readPalette(set: PixelDataSet, signed: boolean): Palette {
  const tables = CHANNELS.map((channel) => readTable(set, channel));
  const count = Math.min(...tables.map(({ length }) => length));
  const shift = tables.some((table) => table.some((entry) => entry > 255)) ? 8 : 0;
  const colours = new Uint8Array(3 * count);
  tables.forEach((table, channel) => {
    for (let i = 0; i < count; i++) colours[3 * i + channel] = table[i]! >> shift;
  });
  const first = unsigned(set, 'x00281101', 1) ?? 0;
  return { first: signed ? (first << 16) >> 16 : first, colours };
}

/** The colours of stored values, which are indices into the palette. */
export function paletteColours(values: StoredValues, { first, colours }: Palette): Uint8Array {
  const out = new Uint8Array(3 * values.length);
  const last = colours.length / 3 - 1;
  for (let i = 0; i < values.length; i++) {
    const from = 3 * Math.max(0, Math.min(last, values[i]! - first));
    out[3 * i] = colours[from]!;
    out[3 * i + 1] = colours[from + 1]!;
    out[3 * i + 2] = colours[from + 2]!;
  }
  return out;
}

function readTable(
  set: PixelDataSet,
  channel: (typeof CHANNELS)[number],
): Uint8Array | Uint16Array {
  const { name } = set;
  const descriptor = `x0028110${channel}`;
  const [entries, , bits] = [0, 1, 2].map((k) => unsigned(set, descriptor, k));
  const whole = spanOf(set, `x0028120${channel}`);
  const span = whole ?? spanOf(set, `x0028122${channel}`);
  if (entries === undefined || span?.length === undefined || span.length === 0) {
    throw new MarginaliaError(
      'no-palette',
      `${name} has colours of a palette, but no palette (0028,110${channel} and 0028,120${channel}).`,
      'Export it again from its source, as RGB if possible.',
    );
  }
  // PS3.3 C.7.6.3.1.5: 2¹⁶ entries are written as 0.
  const count = entries === 0 ? 2 ** 16 : entries;
  const { offset, length } = span;
  if (whole === undefined) {
    const table = expandSegments(readUnits(set, { offset, length }, bits === 8), count);
    if (table === undefined) throw shortTable(name, channel);
    return table;
  }
  // The bytes tell 8 from 16 bits, as files that say 16 may hold 8, and the reverse; pydicom does so.
  const isBytes = length === count || length === count + (count % 2);
  if (!isBytes && length < 2 * count) throw shortTable(name, channel);
  return readUnits(set, { offset, length }, isBytes).subarray(0, count);
}

/** Words of 16 bits, or bytes; single bytes of big endian words lie swapped in pairs (PS3.5 A.3). */
function readUnits(
  { view, coding: { littleEndian } }: PixelDataSet,
  { offset, length }: { readonly offset: number; readonly length: number },
  isBytes: boolean,
): Uint8Array | Uint16Array {
  if (!isBytes) {
    return Uint16Array.from({ length: length >> 1 }, (_, i) =>
      view.getUint16(offset + 2 * i, littleEndian),
    );
  }
  const even = length & ~1;
  return Uint8Array.from({ length }, (_, i) =>
    view.getUint8(offset + (littleEndian || i >= even ? i : i ^ 1)),
  );
}

function shortTable(name: string, channel: string): MarginaliaError {
  return new MarginaliaError(
    'corrupt-file',
    `${name} has a palette whose table (0028,120${channel}) is shorter than its descriptor says, or damaged.`,
    'The file is damaged: export it again from its source.',
  );
}
