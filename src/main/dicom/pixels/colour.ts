import { paletteColours, type Palette } from './palette.ts';
import type { Photometric } from './photometric.ts';
import type { Cell, StoredValues } from './stored.ts';

/** Samples of one frame: those of a pixel lie side by side. */
export interface SampledFrame {
  readonly samples: StoredValues;
  /** Of each sample that count. */
  readonly bits: number;
  readonly meaning: 'grey' | 'RGB' | 'YBR' | 'palette';
}

/**
 * What decoded samples are. YBR_RCT and YBR_ICT exist inside JPEG 2000 alone, whose decoders give
 * red, green and blue; so do programs that decompress such files and leave the word as it was.
 */
export function meaningOf(photometric: Photometric): SampledFrame['meaning'] {
  if (photometric === 'grey') return 'grey';
  if (photometric === 'PALETTE COLOR') return 'palette';
  return photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422' ? 'YBR' : 'RGB';
}

/** Bits of a sample that count, where it is an integer. */
export const bitsOf = (cell: Cell | string): number =>
  typeof cell === 'string' ? 1 : cell.bitsStored;

/**
 * The values of a frame: grey ones as they are stored; colours as 8-bit red, green and blue, three
 * values a pixel. Of samples of more than 8 bits the highest eight are taken, which gives back what
 * 8-bit colours were, whether they were shifted up or repeated in both bytes (PS3.3 C.7.6.3.1.6).
 */
export function frameValues(frame: SampledFrame, palette: Palette | undefined): StoredValues {
  const { samples, bits, meaning } = frame;
  if (meaning === 'grey') return samples;
  if (meaning === 'palette') return paletteColours(samples, palette!);
  const bytes = asBytes(samples, bits);
  return meaning === 'YBR' ? ybrToRgb(bytes) : bytes;
}

function asBytes(samples: StoredValues, bits: number): Uint8Array {
  if (samples instanceof Uint8Array && bits === 8) return samples;
  const out = new Uint8Array(samples.length);
  if (bits >= 8) for (let i = 0; i < out.length; i++) out[i] = samples[i]! >>> (bits - 8);
  else {
    const most = 2 ** bits - 1;
    for (let i = 0; i < out.length; i++) out[i] = Math.round((samples[i]! * 255) / most);
  }
  return out;
}

/** Inverse of YBR_FULL, PS3.3 C.7.6.3.1.2 (ITU-R BT.601, full range), rounded as pydicom does. */
function ybrToRgb(ybr: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(ybr.length);
  const greenOfBlue = (-0.114 * 1.772) / 0.587;
  const greenOfRed = (-0.299 * 1.402) / 0.587;
  for (let i = 0; i < ybr.length; i += 3) {
    const y = ybr[i]!;
    const cb = ybr[i + 1]! - 128;
    const cr = ybr[i + 2]! - 128;
    out[i] = Math.floor(y + cr * 1.402 + 0.5);
    out[i + 1] = Math.floor(y + cb * greenOfBlue + cr * greenOfRed + 0.5);
    out[i + 2] = Math.floor(y + cb * 1.772 + 0.5);
  }
  return new Uint8Array(out.buffer);
}

/** Planes of red, green and blue one after the other (Planar Configuration 1) → pixel by pixel. */
export function fromPlanes<T extends StoredValues>(planes: T): T {
  const pixels = planes.length / 3;
  const out = planes.slice() as T;
  for (let plane = 0; plane < 3; plane++) {
    const from = plane * pixels;
    for (let i = 0, to = plane; i < pixels; i++, to += 3) out[to] = planes[from + i]!;
  }
  return out;
}

/** Two pixels in four samples, Y₁ Y₂ Cb Cr (YBR_FULL_422, PS3.3 C.7.6.3.1.2) → three a pixel. */
export function fromPairs<T extends StoredValues>(pairs: T): T {
  const Array = pairs.constructor as new (length: number) => T;
  const out = new Array((pairs.length / 4) * 6);
  for (let i = 0, to = 0; i < pairs.length; i += 4, to += 6) {
    out[to] = pairs[i]!;
    out[to + 3] = pairs[i + 1]!;
    out[to + 1] = out[to + 4] = pairs[i + 2]!;
    out[to + 2] = out[to + 5] = pairs[i + 3]!;
  }
  return out;
}
