import {
  closeSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { floatsOf, floatsOfBfloat16, halvesOf } from './f16.ts';
import { withFileErrors } from './file-errors.ts';

/**
 * The safetensors format: 8 bytes of header length (little endian), a JSON header, then the
 * tensors' bytes, row-major, little endian.
 */
const SIZES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 } as const;
export type StoredType = keyof typeof SIZES;

export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** First byte in the file. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const whole = z.number().int().nonnegative();
const Entry = z.object({
  dtype: z.enum(Object.keys(SIZES) as [StoredType, ...StoredType[]]),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]),
});
const Header = z.record(z.string(), z.unknown());
const MOST_HEADER_BYTES = 100_000_000;

function invalid(path: string, what: string): never {
  throw new MarginaliaError(
    'bad-safetensors',
    `${basename(path)} is not a valid safetensors file: ${what}.`,
    'Get the file again from where it came from.',
  );
}

/**
 * Reads the header and checks that the tensors fill the file: no two share bytes, none lies beyond
 * the end, nothing lies between or behind them, as the format demands.
 * @throws MarginaliaError `bad-safetensors`, `no-such-file`, `not-a-file`.
 */
export function openSafetensors(path: string): SafetensorsFile {
  return withFileErrors(`${path} cannot be read`, () => {
    const size = statSync(path).size;
    const file = openSync(path, 'r');
    try {
      const length = Buffer.alloc(8);
      if (readSync(file, length, 0, 8, 0) < 8) return invalid(path, 'it ends before its header');
      const headerBytes = Number(length.readBigUInt64LE());
      if (headerBytes > size - 8) return invalid(path, 'its header is longer than the file');
      if (headerBytes > MOST_HEADER_BYTES) return invalid(path, 'its header is over 100 MB');
      const text = Buffer.alloc(headerBytes);
      readSync(file, text, 0, headerBytes, 8);
      return { path, ...readHeader(path, text.toString('utf8'), 8 + headerBytes, size) };
    } finally {
      closeSync(file);
    }
  });
}

/** @param start first byte of the tensors in the file. */
function readHeader(
  path: string,
  text: string,
  start: number,
  size: number,
): Omit<SafetensorsFile, 'path'> {
  const header = parse(text) ?? invalid(path, 'its header is no JSON object');
  const tensors = new Map<string, StoredTensor>();
  let metadata = {};
  for (const [name, raw] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = z.record(z.string(), z.string()).catch({}).parse(raw);
      continue;
    }
    const entry = Entry.safeParse(raw);
    if (!entry.success) {
      const dtype = (raw as { dtype?: unknown } | null)?.dtype;
      const known = typeof dtype !== 'string' || dtype in SIZES;
      return invalid(
        path,
        `tensor ${name} ${known ? 'is badly described' : `has the unknown type ${dtype}`}`,
      );
    }
    const { dtype, shape, data_offsets } = entry.data;
    const [from, to] = data_offsets;
    const expected = shape.reduce((n, d) => n * d, 1) * SIZES[dtype];
    if (to - from !== expected)
      invalid(path, `tensor ${name} has ${to - from} bytes instead of ${expected}`);
    if (start + to > size) invalid(path, `it is cut off; the tensor ${name} lies beyond its end`);
    tensors.set(name, { dtype, shape, offset: start + from, byteLength: expected });
  }
  checkCover(path, tensors, start, size);
  return { tensors, metadata };
}

function checkCover(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  start: number,
  size: number,
): void {
  let end = start;
  const inOrder = [...tensors].sort(
    ([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength,
  );
  for (const [name, { offset, byteLength }] of inOrder) {
    if (offset < end) invalid(path, `the tensor ${name} overlaps another one`);
    if (offset > end) invalid(path, `there is a gap before the tensor ${name}`);
    end = offset + byteLength;
  }
  if (end !== size) invalid(path, `${size - end} bytes follow its last tensor`);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return Header.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readBytes(
  file: SafetensorsFile,
  name: string,
): { entry: StoredTensor; bytes: Uint8Array<ArrayBuffer> } {
  const entry = file.tensors.get(name);
  if (entry === undefined) {
    throw new MarginaliaError('missing-tensor', `${basename(file.path)} has no tensor ${name}.`);
  }
  const bytes = new Uint8Array(entry.byteLength);
  withFileErrors(`${file.path} cannot be read`, () => {
    const handle = openSync(file.path, 'r');
    try {
      for (let at = 0; at < bytes.length;) {
        const read = readSync(handle, bytes, at, bytes.length - at, entry.offset + at);
        if (read === 0) invalid(file.path, `it ends within the tensor ${name}`);
        at += read;
      }
    } finally {
      closeSync(handle);
    }
  });
  return { entry, bytes };
}

/** A floating-point tensor as float32, whatever it is stored as. */
export function readFloats(file: SafetensorsFile, name: string): Float32Array {
  const { entry, bytes } = readBytes(file, name);
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F16':
      return floatsOf(new Uint16Array(bytes.buffer));
    case 'BF16':
      return floatsOfBfloat16(new Uint16Array(bytes.buffer));
    case 'F64':
      return Float32Array.from(new Float64Array(bytes.buffer));
    case 'U8':
    case 'BOOL':
      return Float32Array.from(bytes);
    case 'I32':
      return Float32Array.from(new Int32Array(bytes.buffer));
    case 'I64':
      return Float32Array.from(new BigInt64Array(bytes.buffer), Number);
  }
}

/** An int64 tensor as plain numbers. */
export function readIntegers(file: SafetensorsFile, name: string): number[] {
  const { entry, bytes } = readBytes(file, name);
  if (entry.dtype === 'I64') return Array.from(new BigInt64Array(bytes.buffer), Number);
  return Array.from(readFloats(file, name));
}

export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'F32' | 'F16';
  /** Called once, when its turn comes: a large model is never whole in memory. */
  readonly values: () => Float32Array;
}

type WholeNumbersToWrite = Omit<TensorToWrite, 'dtype' | 'values'> &
  (
    | { readonly dtype: 'I64'; readonly values: () => BigInt64Array }
    | { readonly dtype: 'U8'; readonly values: () => Uint8Array }
  );

type AnyTensor = TensorToWrite | WholeNumbersToWrite;

/** As TensorToWrite, with values that are read first. */
export type StreamedTensor = Omit<TensorToWrite, 'values'> & {
  readonly values: () => Promise<Float32Array>;
};

/** The bytes of a file, piece by piece. */
function* pieces(
  tensors: readonly AnyTensor[],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  yield headerOf(tensors, metadata);
  for (const tensor of tensors) yield bytesOf(tensor, tensor.values());
}

async function* streamedPieces(tensors: readonly StreamedTensor[]): AsyncGenerator<Uint8Array> {
  yield headerOf(tensors, {});
  for (const tensor of tensors) yield bytesOf(tensor, await tensor.values());
}

/** All that stands before the first tensor. */
function headerOf(
  tensors: readonly Pick<AnyTensor, 'name' | 'dtype' | 'shape'>[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  let offset = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = offset + shape.reduce((n, d) => n * d, 1) * SIZES[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  let text = JSON.stringify(header);
  // Tensors start at a multiple of 64 bytes; the format allows spaces behind the header.
  text += ' '.repeat((64 - ((8 + Buffer.byteLength(text)) % 64)) % 64);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([head, Buffer.from(text)]);
}

/** F16 is rounded to nearest, ties to even. */
function bytesOf(
  tensor: Pick<AnyTensor, 'name' | 'dtype' | 'shape'>,
  values: ReturnType<AnyTensor['values']>,
): Uint8Array {
  const count = tensor.shape.reduce((n, d) => n * d, 1);
  if (values.length !== count) {
    throw new RangeError(
      `${tensor.name}: ${values.length} values for the shape ${tensor.shape.join('×')}`,
    );
  }
  const data = tensor.dtype === 'F16' ? halvesOf(values as Float32Array) : values;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A whole file in memory. */
export function safetensorsBytes(
  tensors: readonly AnyTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat([...pieces(tensors, metadata)]);
}

/**
 * Writes a file at once or not at all: under another name first, then renamed.
 * @throws MarginaliaError `no-space`, `no-such-file` (its folder), `file-not-accessible`.
 */
export function writeSafetensors(
  path: string,
  tensors: readonly AnyTensor[],
  metadata: Readonly<Record<string, string>> = {},
): void {
  const partial = `${path}.partial-${process.pid}`;
  withFileErrors(`${path} cannot be written`, () => {
    try {
      const file = openSync(partial, 'w');
      try {
        for (const bytes of pieces(tensors, metadata)) writeAll(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  });
}

/**
 * Writes a large file without blocking the thread; where it fails or is cancelled, a part remains.
 * @throws what the file system says, and AbortError.
 */
export function streamSafetensors(
  path: string,
  tensors: readonly StreamedTensor[],
  signal?: AbortSignal,
): Promise<void> {
  return writeFile(path, streamedPieces(tensors), { flush: true, ...(signal && { signal }) });
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
