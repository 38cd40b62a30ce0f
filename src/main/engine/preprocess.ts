import type { UncertaintyMaps } from '../../shared/uncertainty.ts';
import { entropy } from '../../shared/uncertainty.ts';
import type { VoxelArray, Window } from '../../shared/volume.ts';
import { windowRange } from '../../shared/windowing.ts';

/** One slice as it is displayed, row by row: what prediction and learning take. */
export type Slice = GreySlice | ColourSlice;

export interface GreySlice {
  readonly channels: 1;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], rescaled units. */
  readonly pixels: VoxelArray;
  /** To see them in. */
  readonly window: Window;
  /** Whether small values are bright (MONOCHROME1); default: large ones are. */
  readonly inverted?: boolean;
}

/** 8-bit colour is shown as it is: it has no window. */
export interface ColourSlice {
  readonly channels: 3;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns, 3]: red, green and blue interleaved, as PNG and most DICOM files hold them. */
  readonly pixels: Uint8Array;
}

/** What a slice looks like in 8 bit. */
export interface Picture {
  readonly channels: 1 | 3;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns, channels]: grey, or red, green and blue interleaved. */
  readonly values: Uint8Array;
}

/** How 8-bit values become the model's input. */
export interface Normalisation {
  /** In which the three channels reach the model, and in which `mean` and `std` are given. */
  readonly channelOrder: 'BGR' | 'RGB';
  /** For values 0 … 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Rescaled values to 8-bit grey by `windowRange`, rounded half up. Not a number is black. */
export function applyWindow(pixels: VoxelArray, window: Window): Uint8Array {
  const { centre, width } = window;
  if (!Number.isFinite(centre) || !(width > 0 && width < Infinity)) {
    throw new RangeError(`A window of centre ${centre} and width ${width} shows nothing.`);
  }
  const { low, range } = windowRange(window);
  const high = low + range;
  const scale = 255 / range;
  const grey = new Uint8Array(pixels.length);
  for (let i = 0; i < grey.length; i++) {
    const x = pixels[i]!;
    if (x > high) grey[i] = 255;
    else if (x > low) grey[i] = Math.floor((x - low) * scale + 0.5);
  }
  return grey;
}

interface Taps {
  /** First of two neighbouring source positions; the second is `next`. */
  readonly first: Int32Array;
  readonly next: Int32Array;
  /** Weight of the second, 0 … 1, in float32 as OpenCV has it. */
  readonly weight: Float32Array;
}

/** Source positions of bilinear interpolation along one axis, pixel centres at half integers. */
function bilinearTaps(from: number, to: number): Taps {
  const first = new Int32Array(to);
  const next = new Int32Array(to);
  const weight = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const x = Math.fround((i + 0.5) * (from / to) - 0.5);
    const floor = Math.floor(x);
    first[i] = Math.max(floor, 0);
    next[i] = Math.min(floor + 1, from - 1);
    weight[i] = x - floor;
  }
  return { first, next, weight };
}

/** To the nearest integer, ties to even: C's default rounding. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/**
 * OpenCV's INTER_LINEAR for 8-bit images, to the last bit: weights of 11 bits, rows first, and the
 * truncations of its vertical pass; every channel by itself. No antialiasing: published models were
 * trained on just this.
 */
export function resizePicture(
  { channels, rows, columns, values }: Picture,
  toRows: number,
  toColumns: number,
): Picture {
  const fixed = (weights: Float32Array): readonly [Int32Array, Int32Array] => [
    Int32Array.from(weights, (w) => roundHalfEven(Math.fround(1 - w) * 2048)),
    Int32Array.from(weights, (w) => roundHalfEven(w * 2048)),
  ];
  const x = bilinearTaps(columns, toColumns);
  const [x0, x1] = fixed(x.weight);
  const width = toColumns * channels;
  const across = new Int32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < toColumns; i++) {
      const a = (row * columns + x.first[i]!) * channels;
      const b = (row * columns + x.next[i]!) * channels;
      const to = row * width + i * channels;
      for (let c = 0; c < channels; c++) {
        across[to + c] = values[a + c]! * x0[i]! + values[b + c]! * x1[i]!;
      }
    }
  }
  const y = bilinearTaps(rows, toRows);
  const [y0, y1] = fixed(y.weight);
  const out = new Uint8Array(toRows * width);
  for (let j = 0; j < toRows; j++) {
    const a = y.first[j]! * width;
    const b = y.next[j]! * width;
    for (let i = 0; i < width; i++) {
      const upper = (y0[j]! * (across[a + i]! >> 4)) >> 16;
      const lower = (y1[j]! * (across[b + i]! >> 4)) >> 16;
      out[j * width + i] = (upper + lower + 2) >> 2;
    }
  }
  return { channels, rows: toRows, columns: toColumns, values: out };
}

function greyOf({ pixels, window, inverted = false }: GreySlice): Uint8Array {
  const grey = applyWindow(pixels, window);
  return inverted ? grey.map((value) => 255 - value) : grey;
}

/**
 * A slice in 8 bit: grey through its window, colour as it is.
 * @throws RangeError where the pixels do not fill the slice, or its window shows nothing.
 */
export function pictureOf(slice: Slice): Picture {
  const { channels, rows, columns, pixels } = slice;
  if (pixels.length !== rows * columns * channels || rows < 1 || columns < 1) {
    throw new RangeError(
      `${pixels.length} values do not fill a slice of ${rows} × ${columns} with ${channels === 1 ? '1 channel' : '3 channels'}.`,
    );
  }
  const values = slice.channels === 1 ? greyOf(slice) : slice.pixels;
  return { channels, rows, columns, values };
}

/**
 * A slice as the model sees it before normalisation: 8 bit, size × size, stretched.
 * @throws RangeError as `pictureOf`.
 */
export const modelPicture = (slice: Slice, size: number): Picture =>
  resizePicture(pictureOf(slice), size, size);

/**
 * A picture as model input [3, rows, columns]: scaled to 0 … 1, then normalised channel by channel.
 * Colour takes the model's channel order; grey is the same in all three channels, so that of it only
 * the means and deviations differ.
 */
export function normalise(
  { channels, values }: Picture,
  { channelOrder, mean, std }: Normalisation,
): Float32Array {
  const pixels = values.length / channels;
  const out = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const normal = Float32Array.from(
      { length: 256 },
      (_, v) => (v / 255 - mean[channel]!) / std[channel]!,
    );
    const from = channels === 1 ? 0 : channelOrder === 'RGB' ? channel : 2 - channel;
    const base = channel * pixels;
    for (let i = 0; i < pixels; i++) out[base + i] = normal[values[i * channels + from]!]!;
  }
  return out;
}

/**
 * OpenCV's INTER_NEAREST: each pixel takes the one that its first corner lies in, not the one at its centre.
 * @param values [rows, columns] @returns [toRows, toColumns]
 */
export function resizeNearest<T extends Uint8Array | Float32Array>(
  values: T,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): T {
  const from = (size: number, to: number): Int32Array => {
    const step = 1 / (to / size);
    return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(i * step), size - 1));
  };
  const [x, y] = [from(columns, toColumns), from(rows, toRows)];
  const out = new (values.constructor as new (length: number) => T)(toRows * toColumns);
  for (let j = 0; j < toRows; j++)
    for (let i = 0; i < toColumns; i++) out[j * toColumns + i] = values[y[j]! * columns + x[i]!]!;
  return out;
}

/** Bilinear resize of a map, pixel centres at half integers. @returns [toRows, toColumns] */
export function resizeMap(
  map: Float32Array,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): Float32Array {
  if (rows === toRows && columns === toColumns) return map;
  const x = bilinearTaps(columns, toColumns);
  const across = new Float32Array(rows * toColumns);
  for (let row = 0; row < rows; row++) {
    const base = row * columns;
    for (let i = 0; i < toColumns; i++) {
      const a = map[base + x.first[i]!]!;
      across[row * toColumns + i] = a + (map[base + x.next[i]!]! - a) * x.weight[i]!;
    }
  }
  const y = bilinearTaps(rows, toRows);
  const out = new Float32Array(toRows * toColumns);
  for (let j = 0; j < toRows; j++) {
    const first = y.first[j]! * toColumns;
    const next = y.next[j]! * toColumns;
    const weight = y.weight[j]!;
    for (let i = 0; i < toColumns; i++) {
      const a = across[first + i]!;
      out[j * toColumns + i] = a + (across[next + i]! - a) * weight;
    }
  }
  return out;
}

/**
 * Maps of the model's size [size, size] at the resolution of the slice. Probability and epistemic
 * doubt are interpolated; total stays the entropy of the probability beside it, and aleatoric is
 * what remains: an edge between two of the model's pixels is a limit of resolution, not of what the
 * model knows. Entropy being concave, it cannot become negative.
 */
export function mapsAtSlice(
  maps: UncertaintyMaps,
  size: number,
  rows: number,
  columns: number,
): UncertaintyMaps {
  if (rows === size && columns === size) return maps;
  const probability = resizeMap(maps.probability, size, size, rows, columns);
  const epistemic = resizeMap(maps.epistemic, size, size, rows, columns);
  const total = new Float32Array(probability.length);
  const aleatoric = new Float32Array(probability.length);
  for (let i = 0; i < total.length; i++) {
    total[i] = entropy(probability[i]!);
    aleatoric[i] = Math.max(0, total[i]! - epistemic[i]!);
  }
  return { probability, total, aleatoric, epistemic };
}
