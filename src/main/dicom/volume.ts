import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../shared/errors.ts';
import type { VoxelArray } from '../../shared/volume.ts';
import { readFrames, type DecodedFrame } from './pixels/index.ts';
import { resampled } from './resample.ts';
import type { Frame, LoadedVolume, Source, Stack } from './types.ts';

export interface LoadOptions {
  /** Whether an irregular stack is resampled onto a regular grid instead of being refused. */
  readonly resample?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files decoded at once. */
const UNDER_WAY = 4;

/**
 * Decodes a stack into a volume: rescaled values (PS3.3 C.11.1), slice by slice with each slice's
 * own slope and intercept; as 16-bit integers where they all fit, else as float32.
 * @throws MarginaliaError `irregular-geometry`; as `readFrames`; `frame-size` where pixels and
 *   header disagree; the signal's reason when aborted.
 */
export async function loadVolume(stack: Stack, options: LoadOptions = {}): Promise<LoadedVolume> {
  if (stack.grid === undefined && !(options.resample && stack.resamplable)) {
    throw irregular(stack);
  }
  const slices = await decode(stack.frames, options);
  const [{ rows, columns }] = stack.frames as [Frame];
  const data = await stackOf(slices, stack.frames, rows * columns);
  if (stack.grid !== undefined) return { grid: stack.grid, data, resampled: null };
  return resampled(stack, data, options.signal);
}

function irregular(stack: Stack): MarginaliaError {
  const faults = stack.verdicts.filter(({ kind }) => !HARMLESS.has(kind)).map(({ text }) => text);
  return new MarginaliaError(
    'irregular-geometry',
    `The series is no regular volume: ${faults.join('; ')}.`,
    stack.resamplable
      ? 'Give --resample to resample it onto a regular grid (linear interpolation).'
      : 'Choose another series, or load its images one by one.',
  );
}

const HARMLESS = new Set(['regular', 'oblique', 'mosaic', 'multi-frame', 'single-slice']);

/** Stored values of every frame; a file with many frames is read once. */
async function decode(
  frames: readonly Frame[],
  { signal, onProgress }: LoadOptions,
): Promise<DecodedFrame[]> {
  const bySource = new Map<Source, number[]>();
  frames.forEach(({ source }, k) => bySource.set(source, [...(bySource.get(source) ?? []), k]));
  const files = [...bySource];
  const decoded = new Array<DecodedFrame>(frames.length);
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let f = next++; f < files.length; f = next++) {
      signal?.throwIfAborted();
      const [source, slices] = files[f]!;
      // Tiles of a mosaic share their frame.
      const wanted = [...new Set(slices.map((k) => frames[k]!.index))];
      const read = await readFrames(await source.read(), wanted, {
        name: source.path,
        ...(signal && { signal }),
      });
      for (const k of slices) {
        const frame = frames[k]!;
        decoded[k] = cut(read[wanted.indexOf(frame.index)]!, frame);
      }
      onProgress?.((done += slices.length), frames.length);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: UNDER_WAY }, worker));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return decoded;
}

/** The tile of a mosaic, or the frame as it is. */
function cut(decoded: DecodedFrame, frame: Frame): DecodedFrame {
  const { rows, columns, tile } = frame;
  if (tile === undefined) {
    if (decoded.rows !== rows || decoded.columns !== columns) {
      throw new MarginaliaError(
        'frame-size',
        `${frame.source.path} holds ${decoded.columns} × ${decoded.rows} pixels where its header says ${columns} × ${rows}.`,
        'The file is damaged: export it again from its source.',
      );
    }
    return decoded;
  }
  const data = decoded.data.slice(0, rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (tile.down * rows + row) * decoded.columns + tile.across * columns;
    data.set(decoded.data.subarray(from, from + columns), row * columns);
  }
  return { rows, columns, data };
}

/** Rescaled values of all slices, one after the other; between two, other work has its turn. */
async function stackOf(
  slices: readonly DecodedFrame[],
  frames: readonly Frame[],
  pixels: number,
): Promise<VoxelArray> {
  const data = await arrayFor(slices, frames, pixels * slices.length);
  for (const [k, { data: stored }] of slices.entries()) {
    const { slope, intercept } = frames[k]!;
    const at = k * pixels;
    for (let i = 0; i < pixels; i++) data[at + i] = stored[i]! * slope + intercept;
    await setImmediate();
  }
  return data;
}

/** The narrowest array that holds the rescaled values without rounding whole numbers. */
async function arrayFor(
  slices: readonly DecodedFrame[],
  frames: readonly Frame[],
  length: number,
): Promise<VoxelArray> {
  let [low, high] = [Infinity, -Infinity];
  for (const [k, { data: stored }] of slices.entries()) {
    const { slope, intercept } = frames[k]!;
    const whole = Number.isInteger(slope) && Number.isInteger(intercept);
    if (!whole || stored instanceof Float32Array) return new Float32Array(length);
    let [least, most] = [Infinity, -Infinity];
    for (const value of stored) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const ends = [least * slope + intercept, most * slope + intercept];
    low = Math.min(low, ...ends);
    high = Math.max(high, ...ends);
    await setImmediate();
  }
  if (low >= -32_768 && high <= 32_767) return new Int16Array(length);
  if (low >= 0 && high <= 65_535) return new Uint16Array(length);
  return low >= -(2 ** 31) && high < 2 ** 31 ? new Int32Array(length) : new Float32Array(length);
}
