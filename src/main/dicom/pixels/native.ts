import { MarginaliaError } from '../../../shared/errors.ts';
import { fromPairs, fromPlanes } from './colour.ts';
import { truncated, type PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';
import { extendBits, type Cell, type StoredValues } from './stored.ts';

/** How uncompressed frames lie, one after the other without padding, even inside a byte: PS3.5 8.1.1. */
interface NativeFrames {
  readonly littleEndian: boolean;
  /** Bytes come in 16-bit words (OW), so that big endian swaps them in pairs. */
  readonly words: boolean;
  /** Values a frame. */
  readonly values: number;
  readonly cell: PixelImage['cell'];
}

/** Bytes that `frames` frames of so many values take. */
export function nativeBytes(cell: PixelImage['cell'], values: number, frames = 1): number {
  return Math.ceil((values * frames * cellBits(cell)) / 8);
}

/** How the samples of a frame lie: pixel by pixel, plane by plane, or as Y₁ Y₂ Cb Cr of two pixels. */
export interface SampleOrder {
  readonly by: 'pixels' | 'planes' | 'pairs';
  /** Samples of a frame. */
  readonly values: number;
}

/**
 * @param bytes of pixels at hand: some files say YBR_FULL_422 and hold three samples a pixel, which
 *   pydicom takes as that, too.
 */
export function sampleOrder(image: PixelImage, bytes: number): SampleOrder {
  const { rows, columns, frames, samples, planar, photometric, cell } = image;
  const values = rows * columns * samples;
  if (photometric === 'YBR_FULL_422' && bytes < nativeBytes(cell, values, frames)) {
    return { by: 'pairs', values: 4 * Math.ceil((rows * columns) / 2) };
  }
  return { by: planar ? 'planes' : 'pixels', values };
}

/**
 * Checks that uncompressed pixel data are whole, by their length.
 * @returns the reader of a frame: PS3.5 section 8.2 and Annex A.1 to A.3.
 * @throws MarginaliaError `truncated-file` where the file holds fewer frames than it says, also from the reader,
 *   where it became shorter;
 *   `corrupt-pixel-data` where it holds three samples a pixel and says one.
 */
export function nativeFrameReader(
  set: PixelDataSet,
  image: PixelImage,
): (frame: number) => Promise<StoredValues> {
  const { frames, cell, pixels } = image;
  const inFile = Math.max(0, set.bytes.size - pixels.offset);
  const present = Math.min(pixels.length ?? inFile, inFile);
  const order = sampleOrder(image, present);
  const { values } = order;
  const expected = nativeBytes(cell, values, frames);
  // A file cut inside pixel data that were longer than needed is cut all the same.
  if (present < expected || (pixels.length ?? 0) > inFile) {
    const whole = Math.min(frames, Math.floor((present * 8) / (values * cellBits(cell))));
    throw truncated(
      `${set.name} holds ${whole} of ${frames} whole frame${frames === 1 ? '' : 's'} (${present} of ${Math.max(expected, pixels.length ?? 0)} bytes of pixels).`,
    );
  }
  const threefold = 3 * expected;
  if (image.samples === 1 && (present === threefold || present === threefold + (threefold % 2))) {
    throw new MarginaliaError(
      'corrupt-pixel-data',
      `${set.name} holds three times the values that its header describes: a colour image that is said to be grey, or frames that are not counted.`,
      'Export it again from its source.',
    );
  }
  const layout = {
    littleEndian: set.coding.littleEndian,
    words: pixels.vr !== 'OB',
    values,
    cell,
  };
  return async (frame) => {
    const { from, length, first } = placeOf(layout, frame);
    const part = await set.bytes.read(pixels.offset + from, length);
    if (part.length < length) throw truncated(`${set.name} ends inside frame ${frame + 1}.`);
    return pixelByPixel(readNative(layout, part, first), order, image);
  };
}

/**
 * The bytes that hold a frame, from the first of the pixels on.
 * @returns also which of the values in them is its first one.
 */
function placeOf(
  layout: NativeFrames,
  frame: number,
): { readonly from: number; readonly length: number; readonly first: number } {
  const bits = cellBits(layout.cell);
  const value = frame * layout.values;
  // Swapped in pairs, bytes are read in pairs.
  const step = 1 + byteSwap(layout);
  const from = Math.floor((value * bits) / 8 / step) * step;
  const end = Math.ceil(((value + layout.values) * bits) / 8 / step) * step;
  return { from, length: end - from, first: value - (from * 8) / bits };
}

/** One frame alone, little endian: what deflated and run-length encoded frames decode to. */
export function nativeFrame(
  bytes: Uint8Array,
  image: PixelImage,
  order: SampleOrder,
): StoredValues {
  const { cell } = image;
  const { values } = order;
  const layout = { littleEndian: true, words: false, values, cell };
  return pixelByPixel(readNative(layout, bytes, 0), order, image);
}

function pixelByPixel(
  values: StoredValues,
  { by }: SampleOrder,
  { rows, columns }: PixelImage,
): StoredValues {
  if (by === 'pixels') return values;
  return by === 'planes' ? fromPlanes(values) : fromPairs(values).subarray(0, 3 * rows * columns);
}

function cellBits(cell: PixelImage['cell']): number {
  if (cell === 'bit') return 1;
  if (cell === 'float32') return 32;
  return cell === 'float64' ? 64 : cell.bitsAllocated;
}

/** @param first of the values in the bytes. */
function readNative(layout: NativeFrames, bytes: Uint8Array, first: number): StoredValues {
  const { cell } = layout;
  if (cell === 'bit') return readBits(layout, bytes, first);
  if (cell === 'float32') return new Float32Array(units(layout, bytes, 'swap32'));
  if (cell === 'float64') return new Float64Array(units(layout, bytes, 'swap64'));
  return extendBits(readCells(layout, bytes, first, cell), cell);
}

function readCells(
  layout: NativeFrames,
  bytes: Uint8Array,
  first: number,
  { bitsAllocated }: Cell,
): Uint8Array | Uint16Array | Uint32Array {
  if (bitsAllocated === 32) return new Uint32Array(units(layout, bytes, 'swap32'));
  if (bitsAllocated === 16)
    return inPlace(layout, bytes) ?? new Uint16Array(units(layout, bytes, 'swap16'));
  const { values } = layout;
  const swap = byteSwap(layout);
  const out = new Uint8Array(values);
  for (let i = 0; i < values; i++) out[i] = bytes[(first + i) ^ swap]!;
  return out;
}

/** 16-bit values where they lie, if they lie as this machine reads: nothing is copied. */
function inPlace(
  { littleEndian, values }: NativeFrames,
  bytes: Uint8Array,
): Uint16Array | undefined {
  if (!littleEndian || bytes.byteOffset % 2 !== 0) return undefined;
  return new Uint16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, values);
}

function readBits(layout: NativeFrames, bytes: Uint8Array, first: number): Uint8Array {
  const { values } = layout;
  const swap = byteSwap(layout);
  const out = new Uint8Array(values);
  for (let i = 0; i < values; i++) {
    const bit = first + i;
    out[i] = (bytes[Math.floor(bit / 8) ^ swap]! >> (bit & 7)) & 1;
  }
  return out;
}

/** PS3.5 A.3: bytes in big endian words lie swapped in pairs. */
const byteSwap = ({ littleEndian, words }: NativeFrames): 0 | 1 => (!littleEndian && words ? 1 : 0);

/**
 * A frame's bytes, aligned and in this machine's (little endian) order. Big endian values of more
 * than 16 bits are swapped whole, as files have them, not in the 16-bit words of OW.
 */
function units(
  { littleEndian, values, cell }: NativeFrames,
  bytes: Uint8Array,
  swap: 'swap16' | 'swap32' | 'swap64',
): ArrayBuffer {
  const start = bytes.byteOffset;
  const copy = bytes.buffer.slice(start, start + nativeBytes(cell, values)) as ArrayBuffer;
  if (!littleEndian) Buffer.from(copy)[swap]();
  return copy;
}
