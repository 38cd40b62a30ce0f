import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { MarginaliaError } from '../../../shared/errors.ts';
import { expectFile, withFileErrors } from './file-errors.ts';

/**
 * Random access to the members of a zip (APPNOTE.TXT 6.3, zip64 included), so that a checkpoint of
 * any size is read piece by piece. PyTorch stores its members uncompressed.
 */
export interface ZipFile {
  /** Unpacked size of every member in bytes, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Bytes of a member, or a part of them; the whole is checked against its checksum once. */
  read(name: string, from?: number, length?: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** A compressed member that claims to be larger is not unpacked. */
const MOST_INFLATED = 1 << 30;
const MOST_DIRECTORY = 1 << 28;
/** What is only checked is read in pieces. */
const PIECE = 1 << 20;

interface Member {
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  /** 0 where the writer left it out. */
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  readonly header: number;
}

type Sizes = Pick<Member, 'compressed' | 'size' | 'header'>;

/** @throws MarginaliaError `bad-checkpoint`, `no-such-file`, `not-a-file`. */
export function openZip(path: string): ZipFile {
  const { bytes: fileSize } = expectFile(path);
  const file = withFileErrors(`${path} cannot be read`, () => openSync(path, 'r'));
  try {
    const bytes = (at: number, length: number, what?: string): Buffer<ArrayBuffer> => {
      if (!(at >= 0 && length >= 0 && at + length <= fileSize)) {
        throw damaged(path, what && `${what} lies beyond its end`);
      }
      const buffer = Buffer.from(new ArrayBuffer(length));
      for (let done = 0; done < length;) {
        const read = withFileErrors(`${path} cannot be read`, () =>
          readSync(file, buffer, done, length - done, at + done),
        );
        if (read === 0) throw damaged(path);
        done += read;
      }
      return buffer;
    };
    const members = readDirectory(path, fileSize, bytes);
    const checked = new Set<string>();
    const check = (name: string, expected: number, actual: () => number): void => {
      if (expected === 0 || checked.has(name)) return;
      if (actual() !== expected) {
        throw damaged(
          path,
          `the checksum of ${name} is wrong`,
          'The file is damaged, get it again; or it was saved without checksums (set_crc32_options), save it again with them.',
        );
      }
      checked.add(name);
    };
    const crcOfStored = (name: string, start: number, size: number): number => {
      let crc = 0;
      for (let at = 0; at < size; at += PIECE) {
        crc = crc32(bytes(start + at, Math.min(PIECE, size - at), name), crc);
      }
      return crc;
    };
    return {
      sizes: new Map([...members].map(([name, { size }]) => [name, size])),
      read(name, from = 0, length) {
        const member = members.get(name);
        if (member === undefined) throw damaged(path, `it has no member ${name}`);
        const { crc, size } = member;
        const count = length ?? size - from;
        if (!(from >= 0 && count >= 0 && from + count <= size)) {
          throw damaged(path, `${name} is shorter than what is read of it`);
        }
        if (member.encrypted) throw damaged(path, 'it is encrypted');
        const local = bytes(member.header, 30, name);
        if (local.readUInt32LE(0) !== 0x04034b50) {
          throw damaged(path, `${name} is not where its directory says`);
        }
        const start = member.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        if (member.method !== 0) {
          const whole = inflate(path, name, member, bytes(start, member.compressed, name));
          check(name, crc, () => crc32(whole));
          return new Uint8Array(whole.subarray(from, from + count));
        }
        const part = bytes(start + from, count, name);
        check(name, crc, () => (count === size ? crc32(part) : crcOfStored(name, start, size)));
        return new Uint8Array(part.buffer);
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function inflate(path: string, name: string, member: Member, raw: Buffer): Buffer {
  if (member.method !== 8) throw damaged(path, `${name} is compressed in an unknown way`);
  if (member.size > MOST_INFLATED) throw damaged(path, `${name} is too large to be unpacked`);
  let whole: Buffer;
  try {
    whole = inflateRawSync(raw, { maxOutputLength: Math.max(1, member.size) });
  } catch {
    throw damaged(path, `${name} cannot be unpacked`);
  }
  if (whole.length !== member.size) throw damaged(path, `${name} has another size than it says`);
  return whole;
}

function damaged(
  path: string,
  what = 'it is cut off or damaged',
  hint = 'A checkpoint is the zip that torch.save writes (PyTorch 1.6 or later); get the file again.',
): MarginaliaError {
  return new MarginaliaError(
    'bad-checkpoint',
    `${basename(path)} cannot be read as a checkpoint: ${what}.`,
    hint,
  );
}

/** What torch.save wrote before zips, and with _use_new_zipfile_serialization=False: its magic number. */
const LEGACY = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

function noZip(path: string, head: Buffer): MarginaliaError {
  if (head.subarray(0, LEGACY.length).equals(LEGACY)) {
    return damaged(
      path,
      'it is in the format of PyTorch before 1.6',
      'Save it again with a later PyTorch: torch.save(torch.load("old.pth"), "new.pth").',
    );
  }
  const cut = head.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]));
  return damaged(path, cut ? 'it is cut off' : 'it is not a zip');
}

function readDirectory(
  path: string,
  size: number,
  bytes: (at: number, length: number) => Buffer,
): Map<string, Member> {
  // The end record lies behind at most 65,535 bytes of comment.
  const tailLength = Math.min(size, 22 + 65535);
  const tail = bytes(size - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > tail.length) throw noZip(path, bytes(0, Math.min(size, 16)));
  let entries = tail.readUInt16LE(end + 10);
  let length = tail.readUInt32LE(end + 12);
  let at = tail.readUInt32LE(end + 16);
  const locator = size - tailLength + end - 20;
  if (locator >= 0 && bytes(locator, 4).readUInt32LE(0) === 0x07064b50) {
    const end64 = bytes(Number(bytes(locator, 20).readBigUInt64LE(8)), 56);
    entries = Number(end64.readBigUInt64LE(32));
    length = Number(end64.readBigUInt64LE(40));
    at = Number(end64.readBigUInt64LE(48));
  }
  if (length > MOST_DIRECTORY) throw damaged(path);
  const directory = bytes(at, length);
  const members = new Map<string, Member>();
  for (let i = 0, p = 0; i < entries; i++) {
    if (p + 46 > directory.length || directory.readUInt32LE(p) !== 0x02014b50) throw damaged(path);
    const nameLength = directory.readUInt16LE(p + 28);
    const extraLength = directory.readUInt16LE(p + 30);
    const name = directory.toString('utf8', p + 46, p + 46 + nameLength);
    const extra = directory.subarray(p + 46 + nameLength, p + 46 + nameLength + extraLength);
    if (members.has(name)) throw damaged(path, `it holds ${name} twice`);
    members.set(name, {
      method: directory.readUInt16LE(p + 10),
      encrypted: (directory.readUInt16LE(p + 8) & 1) !== 0,
      crc: directory.readUInt32LE(p + 16),
      ...sizes(extra, {
        size: directory.readUInt32LE(p + 24),
        compressed: directory.readUInt32LE(p + 20),
        header: directory.readUInt32LE(p + 42),
      }),
    });
    p += 46 + nameLength + extraLength + directory.readUInt16LE(p + 32);
  }
  return members;
}

/** Fields that are all ones lie in the zip64 extra field, in this order (APPNOTE 4.5.3). */
function sizes(extra: Buffer, given: Sizes): Sizes {
  const result: Record<keyof Sizes, number> = { ...given };
  for (let p = 0; p + 4 <= extra.length; p += 4 + extra.readUInt16LE(p + 2)) {
    if (extra.readUInt16LE(p) !== 1) continue;
    let at = p + 4;
    for (const field of ['size', 'compressed', 'header'] as const) {
      if (given[field] !== 0xffffffff || at + 8 > extra.length) continue;
      result[field] = Number(extra.readBigUInt64LE(at));
      at += 8;
    }
  }
  return result;
}
