import { deflateRawSync } from 'node:zlib';

export const EXPLICIT = '1.2.840.10008.1.2.1';
export const IMPLICIT = '1.2.840.10008.1.2';
export const BIG = '1.2.840.10008.1.2.2';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
export const RLE = '1.2.840.10008.1.2.5';
export const DEFLATED_FRAMES = '1.2.840.10008.1.2.8.1';

type Value = number | string | Uint8Array;
export interface PixelFields {
  readonly syntax?: string;
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number;
  readonly bits?: readonly [allocated: number, stored: number, high: number, signed: 0 | 1];
  readonly samples?: number;
  readonly planar?: 0 | 1;
  readonly photometric?: string;
  readonly pixels: Uint8Array;
  readonly pixelTag?: number;
  readonly vr?: string;
  readonly fragments?: readonly Uint8Array[];
  readonly table?: readonly number[];
  readonly extended?: readonly (readonly [offset: number, length: number])[];
  /** Elements before those of the Image Pixel module, and behind them. */
  readonly before?: readonly Uint8Array[];
  readonly after?: readonly Uint8Array[];
  readonly meta?: boolean;
}

const LONG = ['OB', 'OW', 'OF', 'OD', 'OV', 'SQ', 'UN'];

export function element(
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

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function item(bytes: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, 0xe000fffe, true);
  head.setUint32(4, bytes.length, true);
  return concat([new Uint8Array(head.buffer), bytes]);
}

export const SEQUENCE_END = Uint8Array.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

function longs(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

/** A small DICOM file: only what describes pixels. */
export function pixelFile(fields: PixelFields): Uint8Array {
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
    ...(fields.planar === undefined ? [] : [encode(0x00280006, 'US', fields.planar)]),
    encode(0x00280008, 'IS', String(frames)),
    encode(0x00280010, 'US', rows),
    encode(0x00280011, 'US', columns),
    encode(0x00280100, 'US', allocated),
    encode(0x00280101, 'US', stored),
    encode(0x00280102, 'US', high),
    encode(0x00280103, 'US', signed),
    ...(fields.after ?? []),
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

/** Words of 16 bits, little endian. */
export const words = (...numbers: number[]): Uint8Array =>
  new Uint8Array(Uint16Array.from(numbers).buffer);
