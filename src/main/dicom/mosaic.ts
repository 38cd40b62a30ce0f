import type { Triple } from '../../shared/volume.ts';
import type { DataSet } from './data-set.ts';
import type { Frame } from './types.ts';

/** More slices than any mosaic has; what a damaged header claims beyond is not believed. */
const MOST_TILES = 4096;

/**
 * The slices of a Siemens mosaic, an MR volume laid out as tiles of one image; undefined for any
 * other image. How many there are, and which way they go, stands in the private CSA image header
 * (0029,1010).
 */
export function mosaicFrames(set: DataSet, whole: Frame): Frame[] | undefined {
  if (whole.channels !== 1 || !/\bMOSAIC\b/.test(whole.traits['image type'] ?? ''))
    return undefined;
  if (!set.text('0029,0010').startsWith('SIEMENS CSA HEADER')) return undefined;
  const csa = readCsa(set.bytes('0029,1010') ?? new Uint8Array());
  const count = Math.trunc(csa.get('NumberOfImagesInMosaic')?.[0] ?? 0);
  if (!(count >= 1 && count <= MOST_TILES)) return undefined;
  const side = Math.ceil(Math.sqrt(count));
  if (whole.rows % side !== 0 || whole.columns % side !== 0) return undefined;
  const rows = whole.rows / side;
  const columns = whole.columns / side;
  const place = tilePlanes(whole, csa.get('SliceNormalVector'), rows, columns);
  return Array.from({ length: count }, (_, n) => {
    const plane = place?.(n);
    return {
      ...whole,
      rows,
      columns,
      ...(plane && { plane }),
      tile: { across: n % side, down: Math.floor(n / side) },
    };
  });
}

/**
 * Image Position of a mosaic is where the first pixel would lie if the whole were one slice of
 * that many pixels around the same centre; the first tile begins half of what is left further in.
 */
function tilePlanes(
  whole: Frame,
  normal: readonly number[] | undefined,
  rows: number,
  columns: number,
): ((n: number) => NonNullable<Frame['plane']>) | undefined {
  const { plane, pixelSpacing, thickness } = whole;
  if (plane === undefined || pixelSpacing === undefined || thickness === undefined)
    return undefined;
  const { position, row, column } = plane;
  const cross: Triple = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ];
  const along =
    normal?.length === 3
      ? normal[0]! * cross[0] + normal[1]! * cross[1] + normal[2]! * cross[2]
      : 1;
  const step = Math.sign(along || 1) * thickness;
  const right = ((whole.columns - columns) / 2) * pixelSpacing[0];
  const down = ((whole.rows - rows) / 2) * pixelSpacing[1];
  const at = (n: number, axis: 0 | 1 | 2): number =>
    position[axis] + right * row[axis] + down * column[axis] + n * step * cross[axis];
  return (n) => ({ row, column, position: [at(n, 0), at(n, 1), at(n, 2)] });
}

/**
 * The numeric elements of a Siemens CSA header (formats 1 and 2, “SV10”): little-endian elements
 * of a 64-byte name, multiplicity, type and item count, each item with its length and text, padded
 * to four bytes. Anything that does not fit ends the reading.
 */
function readCsa(bytes: Uint8Array): Map<string, number[]> {
  const elements = new Map<string, number[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin = (from: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(from, Math.min(from + length, bytes.length)));
  const text = (from: number, length: number): string => latin(from, length).split('\0')[0]!;
  let at = latin(0, 4) === 'SV10' ? 8 : 0;
  if (at + 8 > bytes.length) return elements;
  const count = Math.min(view.getUint32(at, true), 1024);
  at += 8;
  for (let e = 0; e < count && at + 84 <= bytes.length; e++) {
    const name = text(at, 64);
    const items = Math.min(view.getUint32(at + 76, true), 1024);
    at += 84;
    const values: number[] = [];
    for (let i = 0; i < items && at + 16 <= bytes.length; i++) {
      const length = view.getUint32(at + 4, true);
      at += 16;
      if (length > bytes.length - at) return elements;
      const value = text(at, Math.min(length, 64)).trim();
      if (value !== '' && Number.isFinite(Number(value))) values.push(Number(value));
      at += Math.ceil(length / 4) * 4;
    }
    elements.set(name, values);
  }
  return elements;
}
