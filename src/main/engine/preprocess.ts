import type { UncertaintyMaps } from '../../shared/uncertainty.ts';
import { entropy } from '../../shared/uncertainty.ts';
import type { VoxelArray, Window } from '../../shared/volume.ts';
import { windowRange } from '../../shared/windowing.ts';

/** One slice as it is displayed: rescaled values, row by row, and the window to see them in. */
export interface Slice {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], rescaled units. */
  readonly pixels: VoxelArray;
  readonly window: Window;
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
 * truncations of its vertical pass. No antialiasing: published models were trained on just this.
 * @returns [toRows, toColumns]
 */
export function resizeGrey(
  grey: Uint8Array,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): Uint8Array {
  const fixed = (weights: Float32Array): readonly [Int32Array, Int32Array] => [
    Int32Array.from(weights, (w) => roundHalfEven(Math.fround(1 - w) * 2048)),
    Int32Array.from(weights, (w) => roundHalfEven(w * 2048)),
  ];
  const x = bilinearTaps(columns, toColumns);
  const [x0, x1] = fixed(x.weight);
  const across = new Int32Array(rows * toColumns);
  for (let row = 0; row < rows; row++) {
    const base = row * columns;
    for (let i = 0; i < toColumns; i++) {
      across[row * toColumns + i] =
        grey[base + x.first[i]!]! * x0[i]! + grey[base + x.next[i]!]! * x1[i]!;
    }
  }
  const y = bilinearTaps(rows, toRows);
  const [y0, y1] = fixed(y.weight);
  const out = new Uint8Array(toRows * toColumns);
  for (let j = 0; j < toRows; j++) {
    const a = y.first[j]! * toColumns;
    const b = y.next[j]! * toColumns;
    for (let i = 0; i < toColumns; i++) {
      const upper = (y0[j]! * (across[a + i]! >> 4)) >> 16;
      const lower = (y1[j]! * (across[b + i]! >> 4)) >> 16;
      out[j * toColumns + i] = (upper + lower + 2) >> 2;
    }
  }
  return out;
}

/** A slice as the model sees it before normalisation: windowed, 8 bit, [size, size]. */
export function modelGrey(slice: Slice, size: number): Uint8Array {
  const { rows, columns, pixels, window } = slice;
  if (pixels.length !== rows * columns || rows < 1 || columns < 1) {
    throw new RangeError(`${pixels.length} pixels do not fill a slice of ${rows} × ${columns}.`);
  }
  return resizeGrey(applyWindow(pixels, window), rows, columns, size, size);
}

/**
 * Grey to model input [3, H, W]: scaled to 0 … 1, then normalised channel by channel. The means
 * and deviations are in the model's channel order; grey is the same in all, so order ends here.
 */
export function normalise(
  grey: Uint8Array,
  mean: readonly number[],
  std: readonly number[],
): Float32Array {
  const out = new Float32Array(3 * grey.length);
  for (let channel = 0; channel < 3; channel++) {
    const values = Float32Array.from(
      { length: 256 },
      (_, v) => (v / 255 - mean[channel]!) / std[channel]!,
    );
    const base = channel * grey.length;
    for (let i = 0; i < grey.length; i++) out[base + i] = values[grey[i]!]!;
  }
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
