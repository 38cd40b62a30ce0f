import { setImmediate } from 'node:timers/promises';
import { createUnzip } from 'node:zlib';
import { MarginaliaError } from '../../shared/errors.ts';
import type { ByteRange, Source } from '../../shared/image/index.ts';
import type { VoxelArray } from '../../shared/volume.ts';
import { nameOf, truncated, voxelBytes, type StoredAs, type VolumeFile } from './volume-file.ts';
import { bytesOf, toVoxelArray, viewAs } from './voxel-types.ts';

/** DEFLATE cannot shrink data further than this (zlib's technical note: 1032 : 1). */
const MOST_DEFLATE_CAN_EXPAND = 1032;

/**
 * Refuses a file that is too short for what its header promises, before memory is taken.
 * @throws MarginaliaError `truncated-image`.
 */
export function requireVoxels({ size, volumes, sources, voxels }: VolumeFile): void {
  const promised = size[0] * size[1] * size[2] * volumes * voxelBytes(voxels);
  const stored = sources.at(-1)!.size - voxels.start;
  const there = (voxels.compressed ? stored * MOST_DEFLATE_CAN_EXPAND : stored) - voxels.skip;
  if (!(promised <= there))
    throw truncated(nameOf(sources.at(-1)!.path), Math.max(0, there), promised);
}

/**
 * Values of some slices, with the file's scaling applied. Integers without scaling stay integers;
 * everything else becomes float32, in which what is no number stays so. Of colour the three channels of a
 * voxel lie side by side.
 * @param first counted through all volumes.
 * @throws MarginaliaError `truncated-image`, `image-too-large`; the signal's reason when aborted.
 */
export async function readSlices(
  { size, volumes, sources, voxels }: VolumeFile,
  first: number,
  count: number,
  signal?: AbortSignal,
): Promise<VoxelArray> {
  const name = nameOf(sources.at(-1)!.path);
  const slice = size[0] * size[1] * voxelBytes(voxels);
  const range = { from: voxels.skip + first * slice, length: count * slice };
  // A compressed stream is followed to its end, where its checksum is, unless a part is asked for.
  const toEnd = first + count === size[2] * volumes && count > 1;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = voxels.compressed
      ? await inflatedRange(sources.at(-1)!, voxels.start, range, toEnd, signal)
      : await sources.at(-1)!.readRanges([{ ...range, from: voxels.start + range.from }]);
  } catch (error) {
    throw error instanceof Error ? named(error, name, range.length) : error;
  }
  if (bytes.length < range.length) throw truncated(name, bytes.length, range.length);
  signal?.throwIfAborted();
  return toValues(bytes, voxels);
}

function named(error: Error, name: string, bytes: number): Error {
  if (error instanceof RangeError) {
    return new MarginaliaError(
      'image-too-large',
      `${name} does not fit into memory: ${(bytes / 2 ** 30).toFixed(1)} GiB of voxels.`,
      'Crop or resample it first.',
      { cause: error },
    );
  }
  return isZlibError(error) ? damaged(name, error) : error;
}

const isZlibError = (error: Error): boolean =>
  'code' in error && String(error.code).startsWith('Z_');

/** A compressed file, or its beginning, that zlib does not take. */
export const damaged = (name: string, cause: unknown): MarginaliaError =>
  new MarginaliaError(
    'truncated-image',
    `${name} is cut off or damaged: it cannot be decompressed to its end.`,
    'Copy or download the file again.',
    { cause },
  );

/** Bytes handed to zlib at once. */
const PIECE = 2 ** 20;

/** @param toEnd whether the stream is followed beyond the range. */
async function inflatedRange(
  source: Source,
  start: number,
  { from, length }: ByteRange,
  toEnd: boolean,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const compressed = (await source.read()).subarray(start);
  const stream = createUnzip({ chunkSize: 2 ** 18 });
  for (let at = 0; at < compressed.length; at += PIECE)
    stream.write(compressed.subarray(at, at + PIECE));
  stream.end();
  let [at, filled] = [0, 0];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      const skip = Math.max(0, from - at);
      if (skip < chunk.length) filled += chunk.copy(bytes, filled, skip);
      at += chunk.length;
      if (!toEnd && filled === length) break;
    }
  } finally {
    stream.destroy();
  }
  return bytes.subarray(0, filled);
}

/** Values scaled before other work may run. */
const CHUNK = 2 ** 20;

async function toValues(
  bytes: Uint8Array<ArrayBuffer>,
  { type, samples, littleEndian, slope, intercept }: StoredAs,
): Promise<VoxelArray> {
  if (!littleEndian) swap(Buffer.from(bytes.buffer, 0, bytes.length), bytesOf(type));
  const stored = samples === 4 ? bytes.filter((_, n) => n % 4 < 3) : viewAs(type, bytes);
  if (slope === 1 && intercept === 0) return toVoxelArray(stored);
  const scaled = new Float32Array(stored.length);
  for (let from = 0; from < scaled.length; from += CHUNK) {
    const to = Math.min(from + CHUNK, scaled.length);
    for (let n = from; n < to; n++) scaled[n] = Number(stored[n]) * slope + intercept;
    await setImmediate();
  }
  return scaled;
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  if (width === 4) bytes.swap32();
  if (width === 8) bytes.swap64();
}
