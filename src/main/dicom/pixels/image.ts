import { MarginaliaError } from '../../../shared/errors.ts';
import { spanOf, text, unsigned, type ElementSpan, type PixelDataSet } from './dataset.ts';
import { readPalette, type Palette } from './palette.ts';
import { photometricOf, type Photometric } from './photometric.ts';
import type { Cell } from './stored.ts';

/** What the Image Pixel module (PS3.3 C.7.6.3) says about an image. */
export interface PixelImage {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly photometric: Photometric;
  /** Samples per Pixel: 3 of colours, but 1 of grey values and of indices into a palette. */
  readonly samples: 1 | 3;
  /** Planar Configuration 1: each sample of all pixels together, where pixels are not compressed. */
  readonly planar: boolean;
  /** Of PALETTE COLOR alone. */
  readonly palette: Palette | undefined;
  readonly cell: Cell | 'bit' | 'float32' | 'float64';
  readonly pixels: ElementSpan;
}

const PIXEL_DATA = 'x7fe00010';
const FLOAT_PIXEL_DATA = 'x7fe00008';
const DOUBLE_FLOAT_PIXEL_DATA = 'x7fe00009';
/** Of all kinds of pixels, in the order in which they are looked for. */
export const PIXEL_TAGS = [PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA] as const;

/** 8192 × 8192: more than any slice; the decoders of a hostile file get no further. */
const MAX_FRAME_VALUES = 2 ** 26;

/**
 * @throws MarginaliaError `no-pixel-data`, `corrupt-file`, `no-palette`, `unsupported-pixels`,
 *   `image-too-large`.
 */
export function describeImage(set: PixelDataSet): PixelImage {
  const { name } = set;
  const integers = spanOf(set, PIXEL_DATA);
  const floats = spanOf(set, FLOAT_PIXEL_DATA);
  const doubles = spanOf(set, DOUBLE_FLOAT_PIXEL_DATA);
  const pixels = integers ?? floats ?? doubles;
  if (pixels === undefined) {
    throw new MarginaliaError(
      'no-pixel-data',
      `${name} holds no pixels.`,
      'Choose image files; reports, structure sets and directories have no pixels.',
    );
  }
  const rows = unsigned(set, 'x00280010') ?? 0;
  const columns = unsigned(set, 'x00280011') ?? 0;
  if (rows === 0 || columns === 0) {
    throw new MarginaliaError(
      'corrupt-file',
      `${name} does not say how many rows and columns its image has.`,
      'The file is damaged: export it again from its source.',
    );
  }
  const photometric = readPhotometric(set);
  if (rows * columns > MAX_FRAME_VALUES) {
    throw new MarginaliaError(
      'image-too-large',
      `${name} has frames of ${columns} × ${rows}; at most ${MAX_FRAME_VALUES} pixels are read.`,
      'Whole-slide and other very large images are not for this workstation.',
    );
  }
  const described =
    integers !== undefined ? integerCell(set) : floats !== undefined ? 'float32' : 'float64';
  if (photometric !== 'grey' && typeof described === 'string') throw colourWithoutIntegers(name);
  const samples = photometric === 'grey' || photometric === 'PALETTE COLOR' ? 1 : 3;
  // Colours have no sign, whatever a file says.
  const cell =
    samples === 3 && typeof described === 'object' ? { ...described, signed: false } : described;
  return {
    rows,
    columns,
    frames: frameCount(set),
    photometric,
    samples,
    planar: samples === 3 && unsigned(set, 'x00280006') === 1,
    palette:
      photometric === 'PALETTE COLOR'
        ? readPalette(set, typeof cell === 'object' && cell.signed)
        : undefined,
    cell,
    pixels,
  };
}

function readPhotometric(set: PixelDataSet): Photometric {
  const read = photometricOf(text(set, 'x00280004'), unsigned(set, 'x00280002') ?? 1);
  if ('is' in read) return read.is;
  throw new MarginaliaError(
    'unsupported-pixels',
    `${set.name} ${read.fault}.`,
    'Export it again from its source, in grey or as RGB.',
  );
}

const colourWithoutIntegers = (name: string): MarginaliaError =>
  new MarginaliaError(
    'unsupported-pixels',
    `${name} has colours of real numbers, or of single bits.`,
    'Convert it to 8 bits a sample.',
  );

function frameCount(set: PixelDataSet): number {
  const frames = Number(text(set, 'x00280008').split('\\')[0]);
  return Number.isInteger(frames) && frames > 0 ? frames : 1;
}

function integerCell(set: PixelDataSet): Cell | 'bit' {
  const bitsAllocated = unsigned(set, 'x00280100');
  if (bitsAllocated === 1) return 'bit';
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw new MarginaliaError(
      'unsupported-pixels',
      `${set.name} has ${bitsAllocated ?? 'an unknown number of'} bits a pixel; 1, 8, 16 and 32 are read.`,
      'Convert it to 8, 16 or 32 bits allocated.',
    );
  }
  // Values that contradict each other are taken as the whole cell, or the cell's low bits.
  const declared = unsigned(set, 'x00280101') ?? 0;
  const bitsStored = declared > 0 && declared <= bitsAllocated ? declared : bitsAllocated;
  const high = unsigned(set, 'x00280102') ?? 0;
  const highBit = high >= bitsStored - 1 && high < bitsAllocated ? high : bitsStored - 1;
  return { bitsAllocated, bitsStored, highBit, signed: unsigned(set, 'x00280103') === 1 };
}
