import { MarginaliaError } from '../../../shared/errors.ts';
import { spanOf, text, unsigned, type ElementSpan, type PixelDataSet } from './dataset.ts';
import type { Cell } from './stored.ts';

/** What the Image Pixel module (PS3.3 C.7.6.3) says about a grey image. */
export interface PixelImage {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly cell: Cell | 'bit' | 'float32' | 'float64';
  readonly pixels: ElementSpan;
}

const PIXEL_DATA = 'x7fe00010';
const FLOAT_PIXEL_DATA = 'x7fe00008';
const DOUBLE_FLOAT_PIXEL_DATA = 'x7fe00009';

/** 8192 × 8192: more than any slice; the decoders of a hostile file get no further. */
const MAX_FRAME_VALUES = 2 ** 26;

/**
 * @throws MarginaliaError `no-pixel-data`, `corrupt-file`, `colour-image`, `unsupported-pixels`,
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
  refuseColour(set);
  if (rows * columns > MAX_FRAME_VALUES) {
    throw new MarginaliaError(
      'image-too-large',
      `${name} has frames of ${columns} × ${rows}; at most ${MAX_FRAME_VALUES} pixels are read.`,
      'Whole-slide and other very large images are not for this workstation.',
    );
  }
  const cell =
    integers !== undefined ? integerCell(set) : floats !== undefined ? 'float32' : 'float64';
  return { rows, columns, frames: frameCount(set), cell, pixels };
}

function refuseColour(set: PixelDataSet): void {
  const samples = unsigned(set, 'x00280002') ?? 1;
  const photometric = text(set, 'x00280004');
  if (samples === 1 && !/^(PALETTE|RGB|YBR|HSV|ARGB|CMYK|XYB)/.test(photometric)) return;
  throw colourImage(set.name, photometric || `${samples} samples a pixel`);
}

export function colourImage(name: string, kind: string): MarginaliaError {
  return new MarginaliaError(
    'colour-image',
    `${name} is a colour image (${kind}).`,
    'Only grey images can be labelled here (MONOCHROME1 or MONOCHROME2, one sample a pixel).',
  );
}

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
