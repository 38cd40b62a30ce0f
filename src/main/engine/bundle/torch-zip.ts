import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { MarginaliaError } from '../../../shared/errors.ts';

/**
 * Random access to the members of a zip (APPNOTE.TXT 6.3, zip64 included), so that a checkpoint of
 * any size is read piece by piece. PyTorch stores its members uncompressed.
 */
export interface ZipFile {
  readonly names: readonly string[];
  /** Bytes of a member, or a part of them. */
  read(name: string, from?: number, length?: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

interface Member {
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly header: number;
}

export function openZip(path: string): ZipFile {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const bytes = (at: number, length: number): Buffer<ArrayBuffer> => {
      if (at < 0 || length < 0 || at + length > size) throw damaged(path);
      const buffer = Buffer.from(new ArrayBuffer(length));
      for (let done = 0; done < length;) {
        const read = readSync(file, buffer, done, length - done, at + done);
        if (read === 0) throw damaged(path);
        done += read;
      }
      return buffer;
    };
    const members = readDirectory(path, size, bytes);
    const find = (name: string): Member => {
      const member = members.get(name);
      if (member === undefined) throw damaged(path, `it has no member ${name}`);
      return member;
    };
    return {
      names: [...members.keys()],
      read(name, from = 0, length) {
        const member = find(name);
        const local = bytes(member.header, 30);
        if (local.readUInt32LE(0) !== 0x04034b50) throw damaged(path);
        const start = member.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const count = length ?? member.size - from;
        if (from < 0 || count < 0 || from + count > member.size) {
          throw damaged(path, `${name} is shorter than what is read of it`);
        }
        if (member.method === 0) return new Uint8Array(bytes(start + from, count).buffer);
        if (member.method !== 8) throw damaged(path, `${name} is compressed in an unknown way`);
        const raw = bytes(start, member.compressed);
        const whole = inflateRawSync(raw, { maxOutputLength: Math.max(1, member.size) });
        return Uint8Array.from(whole.subarray(from, from + count));
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function damaged(path: string, what = 'it is cut off or damaged'): MarginaliaError {
  return new MarginaliaError(
    'bad-checkpoint',
    `${basename(path)} cannot be read as a checkpoint: ${what}.`,
    'A checkpoint is the zip that torch.save writes (PyTorch 1.6 or later); get the file again.',
  );
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
  if (end < 0 || end + 22 > tail.length) throw damaged(path, 'it is not a zip');
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
  const directory = bytes(at, length);
  const members = new Map<string, Member>();
  for (let i = 0, p = 0; i < entries; i++) {
    if (p + 46 > directory.length || directory.readUInt32LE(p) !== 0x02014b50) throw damaged(path);
    const nameLength = directory.readUInt16LE(p + 28);
    const extraLength = directory.readUInt16LE(p + 30);
    const name = directory.toString('utf8', p + 46, p + 46 + nameLength);
    const extra = directory.subarray(p + 46 + nameLength, p + 46 + nameLength + extraLength);
    members.set(name, {
      method: directory.readUInt16LE(p + 10),
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

/** Fields that are all ones lie in the zip64 extra field, in this order. */
function sizes(extra: Buffer, given: Omit<Member, 'method'>): Omit<Member, 'method'> {
  const result: Record<keyof typeof given, number> = { ...given };
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
