import type { Channels } from '../../../shared/image/index.ts';
import { unreadable, type Page, type PageHeader } from './page.ts';

/*
 * Written here: libvips as it is compiled to WebAssembly reads no BMP, and bmp-ts 1.0.9 differs from OpenCV for
 * palettes, run lengths and masks in another order.
 */

interface Header extends PageHeader {
  readonly bitsPerPixel: number;
  readonly compression: number;
  readonly isTopDown: boolean;
  /** Where the pixels begin. */
  readonly start: number;
  /** Red, green and blue of each value; empty where there is none. */
  readonly palette: readonly (readonly [number, number, number])[];
  /** Of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number];
}

/** BI_RGB, BI_RLE8, BI_RLE4, BI_BITFIELDS, BI_ALPHABITFIELDS. */
const [RGB, RLE8, RLE4, BITFIELDS, ALPHABITFIELDS] = [0, 1, 2, 3, 6];
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [RGB!]: [1, 4, 8, 16, 24, 32],
  [RLE8!]: [8],
  [RLE4!]: [4],
  [BITFIELDS!]: [16, 32],
  [ALPHABITFIELDS!]: [16, 32],
};

/** @throws MarginaliaError, in words, where it is damaged or of a kind that is not read. */
export function bmpHeader(bytes: Uint8Array): PageHeader {
  const { columns, rows, channels, bits } = headerOf(bytes);
  return { columns, rows, channels, bits };
}

/** @throws as `bmpHeader`. */
export function decodeBmp(bytes: Uint8Array, channels: Channels): Page {
  const header = headerOf(bytes);
  const { columns, rows, palette, bitsPerPixel } = header;
  const indices = bitsPerPixel <= 8 ? indicesOf(bytes, header) : undefined;
  const values = new Uint8Array(columns * rows * channels);
  for (let y = 0, at = 0; y < rows; y++) {
    const stored = header.isTopDown ? y : rows - 1 - y;
    for (let x = 0; x < columns; x++, at += channels) {
      const colour = indices
        ? // A value beyond the palette is black.
          (palette[indices[stored * columns + x]!] ?? BLACK)
        : directColour(bytes, header, stored, x);
      for (let c = 0; c < channels; c++) values[at + c] = colour[c]!;
    }
  }
  return { columns, rows, values };
}

const BLACK = [0, 0, 0] as const;

/** Bytes of a row, which ends at a multiple of four. */
const stride = (columns: number, bitsPerPixel: number): number =>
  Math.ceil((columns * bitsPerPixel) / 32) * 4;

function headerOf(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 26) throw unreadable('its header is cut off');
  const start = view.getUint32(10, true);
  const infoBytes = view.getUint32(14, true);
  // BITMAPCOREHEADER of OS/2, or BITMAPINFOHEADER and what came after it.
  const isCore = infoBytes === 12;
  if ((!isCore && infoBytes < 40) || 14 + infoBytes > bytes.length)
    throw unreadable('its header is damaged');
  const columns = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? RGB! : view.getUint32(30, true);
  const rows = Math.abs(height);
  if (columns <= 0 || rows === 0)
    throw unreadable(`it has the impossible size ${columns} × ${height}`);
  if (!DEPTHS[compression]?.includes(bitsPerPixel))
    throw unreadable(`${bitsPerPixel} bits a pixel by compression ${compression} are not read`);
  if (compression === RGB || compression >= BITFIELDS!) {
    const promised = start + stride(columns, bitsPerPixel) * rows;
    if (promised > bytes.length)
      throw unreadable(`it is cut off: ${promised} bytes are promised, ${bytes.length} are there`);
  }
  const palette = bitsPerPixel > 8 ? [] : paletteOf(bytes, view, isCore, start, bitsPerPixel);
  const isGrey = bitsPerPixel <= 8 && palette.every(([r, g, b]) => r === g && g === b);
  return {
    columns,
    rows,
    channels: isGrey ? 1 : 3,
    bits: 8,
    bitsPerPixel,
    compression,
    isTopDown: height < 0,
    start,
    palette,
    masks: masksOf(view, bitsPerPixel, compression),
  };
}

function paletteOf(
  bytes: Uint8Array,
  view: DataView,
  isCore: boolean,
  start: number,
  bitsPerPixel: number,
): [number, number, number][] {
  const size = isCore ? 3 : 4;
  const begin = 14 + view.getUint32(14, true);
  const said = isCore ? 0 : view.getUint32(46, true);
  const most = 2 ** bitsPerPixel;
  const count = Math.min(said === 0 ? most : said, most, Math.floor((start - begin) / size));
  if (count <= 0 || begin + count * size > bytes.length) throw unreadable('its palette is missing');
  return Array.from({ length: count }, (_, n) => {
    const [b, g, r] = bytes.subarray(begin + n * size, begin + n * size + 3);
    return [r!, g!, b!];
  });
}

function masksOf(view: DataView, bitsPerPixel: number, compression: number): Header['masks'] {
  if (compression >= BITFIELDS! && bitsPerPixel > 8) {
    if (view.byteLength < 66) throw unreadable('its header is cut off');
    return [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
  }
  return bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
}

/** Red, green and blue of a pixel without a palette; 5 and 6 bits become the upper ones of 8. */
function directColour(
  bytes: Uint8Array,
  { columns, bitsPerPixel, start, masks }: Header,
  row: number,
  x: number,
): readonly [number, number, number] {
  const at = start + row * stride(columns, bitsPerPixel) + (x * bitsPerPixel) / 8;
  let pixel = 0;
  for (let n = bitsPerPixel / 8 - 1; n >= 0; n--) pixel = pixel * 256 + bytes[at + n]!;
  return [upper8(pixel, masks[0]), upper8(pixel, masks[1]), upper8(pixel, masks[2])];
}

function upper8(pixel: number, mask: number): number {
  if (mask === 0) return 0;
  // Bitwise operators give negative numbers from the 32nd bit on.
  const bits = (pixel & mask) >>> 0;
  const top = 32 - Math.clz32(mask);
  return top >= 8 ? bits >>> (top - 8) : bits << (8 - top);
}

/** Values of the palette, row by row as they are stored. */
function indicesOf(bytes: Uint8Array, header: Header): Uint8Array {
  const { columns, rows, bitsPerPixel, compression, start } = header;
  if (compression !== RGB) return runLengths(bytes, header);
  const indices = new Uint8Array(columns * rows);
  const bytesPerRow = stride(columns, bitsPerPixel);
  const perByte = 8 / bitsPerPixel;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const byte = bytes[start + y * bytesPerRow + Math.floor(x / perByte)]!;
      const shift = 8 - bitsPerPixel * ((x % perByte) + 1);
      indices[y * columns + x] = (byte >> shift) & (2 ** bitsPerPixel - 1);
    }
  }
  return indices;
}

/** BI_RLE8 and BI_RLE4. What is skipped has the value 0. @throws MarginaliaError where it ends before its end. */
function runLengths(bytes: Uint8Array, { columns, rows, bitsPerPixel, start }: Header): Uint8Array {
  const indices = new Uint8Array(columns * rows);
  const isNibbles = bitsPerPixel === 4;
  let [x, y, at] = [0, 0, start];
  const put = (value: number): void => {
    if (x < columns && y < rows) indices[y * columns + x] = value;
    x++;
  };
  const half = (byte: number, n: number): number => (n % 2 === 0 ? byte >> 4 : byte & 15);
  while (at + 1 < bytes.length) {
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let n = 0; n < count; n++) put(isNibbles ? half(value, n) : value);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      for (let n = 0; n < value; n++) {
        const byte = bytes[at + (isNibbles ? n >> 1 : n)] ?? 0;
        put(isNibbles ? half(byte, n) : byte);
      }
      const length = isNibbles ? Math.ceil(value / 2) : value;
      at += length + (length % 2);
    }
  }
  throw unreadable('it is cut off: its pixels have no end');
}
