import { MarginaliaError } from '../../../shared/errors.ts';
import type { PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';
import { extendBits, type StoredValues } from './stored.ts';

const BITS = { bit: 1, float32: 32, float64: 64 } as const;

/**
 * One frame of uncompressed pixel data: PS3.5 section 8.1.1 and 8.2, Annex A.1 to A.3. Frames
 * follow each other without padding, even where they do not end on a byte.
 * @throws MarginaliaError `truncated-file` where the file holds fewer frames than it says.
 */
export function nativeFrameReader(
  set: PixelDataSet,
  image: PixelImage,
): (frame: number) => StoredValues {
  const { rows, columns, frames, cell, pixels } = image;
  const values = rows * columns;
  const bits = typeof cell === 'string' ? BITS[cell] : cell.bitsAllocated;
  const expected = Math.ceil((values * frames * bits) / 8);
  const inFile = Math.max(0, set.view.byteLength - pixels.offset);
  const present = Math.min(pixels.length ?? inFile, inFile);
  if (present < expected) {
    const whole = Math.floor((present * 8) / (values * bits));
    throw new MarginaliaError(
      'truncated-file',
      `${set.name} holds ${whole} of ${frames} whole frame${frames === 1 ? '' : 's'} (${present} of ${expected} bytes of pixels).`,
      'The file is incomplete: copy or export it again from its source.',
    );
  }
  const { view } = set;
  const little = set.coding.littleEndian;
  if (cell === 'bit') {
    // Big endian OW: bit n of the stream lies in the other byte of its word.
    const swap = !little && pixels.vr !== 'OB' ? 1 : 0;
    return (frame) => {
      const out = new Uint8Array(values);
      const first = frame * values;
      for (let i = 0; i < values; i++) {
        const bit = first + i;
        out[i] = (view.getUint8(pixels.offset + ((bit >> 3) ^ swap)) >> (bit & 7)) & 1;
      }
      return out;
    };
  }
  return (frame) => {
    const at = pixels.offset + (frame * values * bits) / 8;
    const bytes = view.byteOffset + at;
    const native = (swap: 'swap16' | 'swap32' | 'swap64'): ArrayBuffer => {
      const copy = view.buffer.slice(bytes, bytes + (values * bits) / 8) as ArrayBuffer;
      if (!little) Buffer.from(copy)[swap]();
      return copy;
    };
    if (cell === 'float32') return new Float32Array(native('swap32'));
    if (cell === 'float64') return new Float64Array(native('swap64'));
    if (bits === 32) return extendBits(new Uint32Array(native('swap32')), cell);
    if (bits === 16) return extendBits(new Uint16Array(native('swap16')), cell);
    const out = new Uint8Array(values);
    // PS3.5 A.3: 8-bit pixels in big endian OW words lie swapped in pairs.
    const swap = !little && pixels.vr === 'OW' ? 1 : 0;
    const start = frame * values;
    for (let i = 0; i < values; i++) out[i] = view.getUint8(pixels.offset + ((start + i) ^ swap));
    return extendBits(out, cell);
  };
}
