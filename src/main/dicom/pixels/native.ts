import { MarginaliaError } from '../../../shared/errors.ts';
import { fromPairs, fromPlanes } from './colour.ts';
import type { PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';
import { extendBits, type Cell, type StoredValues } from './stored.ts';

/** Uncompressed frames, one after the other without padding, even inside a byte: PS3.5 8.1.1. */
interface NativeFrames {
  readonly view: DataView;
  readonly offset: number;
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
 * Checks that uncompressed pixel data are whole.
 * @returns the reader of a frame: PS3.5 section 8.2 and Annex A.1 to A.3.
 * @throws MarginaliaError `truncated-file` where the file holds fewer frames than it says;
 *   `corrupt-pixel-data` where it holds three samples a pixel and says one.
 */
export function nativeFrameReader(
  set: PixelDataSet,
  image: PixelImage,
): (frame: number) => StoredValues {
  const { frames, cell, pixels } = image;
  const inFile = Math.max(0, set.view.byteLength - pixels.offset);
  const present = Math.min(pixels.length ?? inFile, inFile);
  const order = sampleOrder(image, present);
  const { values } = order;
  const expected = nativeBytes(cell, values, frames);
  // A file cut inside pixel data that were longer than needed is cut all the same.
  if (present < expected || (pixels.length ?? 0) > inFile) {
    const whole = Math.min(frames, Math.floor((present * 8) / (values * cellBits(cell))));
    throw new MarginaliaError(
      'truncated-file',
      `${set.name} holds ${whole} of ${frames} whole frame${frames === 1 ? '' : 's'} (${present} of ${Math.max(expected, pixels.length ?? 0)} bytes of pixels).`,
      'The file is incomplete: copy or export it again from its source.',
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
  const source = {
    view: set.view,
    offset: pixels.offset,
    littleEndian: set.coding.littleEndian,
    words: pixels.vr !== 'OB',
    values,
    cell,
  };
  return (frame) => pixelByPixel(readNative(source, frame), order, image);
}

/** One frame alone, little endian: what deflated and run-length encoded frames decode to. */
export function nativeFrame(
  bytes: Uint8Array,
  image: PixelImage,
  order: SampleOrder,
): StoredValues {
  const { cell } = image;
  const { values } = order;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = readNative({ view, offset: 0, littleEndian: true, words: false, values, cell }, 0);
  return pixelByPixel(frame, order, image);
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

function readNative(source: NativeFrames, frame: number): StoredValues {
  const { cell } = source;
  if (cell === 'bit') return readBits(source, frame);
  if (cell === 'float32') return new Float32Array(units(source, frame, 'swap32'));
  if (cell === 'float64') return new Float64Array(units(source, frame, 'swap64'));
  return extendBits(readCells(source, frame, cell), cell);
}

function readCells(
  source: NativeFrames,
  frame: number,
  { bitsAllocated }: Cell,
): Uint8Array | Uint16Array | Uint32Array {
  if (bitsAllocated === 32) return new Uint32Array(units(source, frame, 'swap32'));
  if (bitsAllocated === 16) return new Uint16Array(units(source, frame, 'swap16'));
  const { view, offset, values } = source;
  const swap = byteSwap(source);
  const out = new Uint8Array(values);
  const first = frame * values;
  for (let i = 0; i < values; i++) out[i] = view.getUint8(offset + ((first + i) ^ swap));
  return out;
}

function readBits(source: NativeFrames, frame: number): Uint8Array {
  const { view, offset, values } = source;
  const swap = byteSwap(source);
  const out = new Uint8Array(values);
  const first = frame * values;
  for (let i = 0; i < values; i++) {
    const bit = first + i;
    out[i] = (view.getUint8(offset + (Math.floor(bit / 8) ^ swap)) >> (bit & 7)) & 1;
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
  { view, offset, littleEndian, values, cell }: NativeFrames,
  frame: number,
  swap: 'swap16' | 'swap32' | 'swap64',
): ArrayBuffer {
  const length = nativeBytes(cell, values);
  const start = view.byteOffset + offset + frame * length;
  const copy = view.buffer.slice(start, start + length) as ArrayBuffer;
  if (!littleEndian) Buffer.from(copy)[swap]();
  return copy;
}
