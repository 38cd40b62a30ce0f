import { crc32 } from 'node:zlib';

/** Formats of pictures, as their first bytes say. */
export type PictureFormat = 'PNG' | 'JPEG' | 'TIFF' | 'BMP';

/**
 * Whether a file is named as a picture; what it is, its first bytes say. What a Mac leaves beside files on
 * drives of others (`._x.png`) is not.
 */
export const isNamedAsPicture = (name: string): boolean =>
  /\.(png|jpe?g|jfif|tiff?|bmp|dib)$/i.test(name) && !name.startsWith('._');

/** As many bytes as `formatOf` looks at. */
export const MAGIC_BYTES = 8;

const MAGIC: readonly (readonly [PictureFormat, string])[] = [
  ['PNG', '\x89PNG\r\n\x1a\n'],
  ['JPEG', '\xff\xd8\xff'],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
  // BigTIFF.
  ['TIFF', 'II+\0'],
  ['TIFF', 'MM\0+'],
  ['BMP', 'BM'],
];

/** Undefined where it is none of them. @param bytes the beginning of a file. */
export function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, MAGIC_BYTES));
  return MAGIC.find(([, magic]) => start.startsWith(magic))?.[0];
}

/**
 * What is wrong with the bytes of a file, without decoding them; undefined where nothing is. Decoders fill up
 * what is missing of a picture that is cut off, and one that fails at last would take its set with it. TIFF
 * and BMP mark no end and have no checksums: damage in them is found when they are decoded.
 * @param bytes the whole file.
 */
export function damageOf(bytes: Uint8Array, format: PictureFormat): string | undefined {
  if (format === 'PNG') return damageOfPng(bytes);
  if (format === 'JPEG' && !jpegHasEnd(bytes)) return cutOff(format);
  return undefined;
}

const cutOff = (format: PictureFormat): string => `is cut off: the end of the ${format} is missing`;

/** From chunk to chunk until IEND (PNG, section 5.3). */
function damageOfPng(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const IEND = 0x49454e44;
  for (let at = MAGIC_BYTES; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      return 'is damaged: a checksum in it is wrong';
    if (view.getUint32(at + 4) === IEND) return undefined;
    at = end + 4;
  }
  return cutOff('PNG');
}

/**
 * From marker to marker until EOI (ITU-T T.81, annex B): what looks like one inside a segment, as in a
 * thumbnail, is none.
 */
function jpegHasEnd(bytes: Uint8Array): boolean {
  const [STUFFED, FILL, EOI] = [0x00, 0xff, 0xd9];
  let at = 2;
  for (;;) {
    at = bytes.indexOf(FILL, at);
    if (at < 0 || at + 1 >= bytes.length) return false;
    const marker = bytes[at + 1]!;
    const isAlone = marker === STUFFED || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (marker === EOI) return true;
    if (marker === FILL) at += 1;
    else if (isAlone) at += 2;
    // A segment; the entropy-coded data behind SOS have markers of their own.
    else at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
}
