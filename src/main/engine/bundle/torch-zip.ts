import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import { MarginaliaError } from '../../../shared/errors.ts';
import { openZip as openAnyZip, type OpenZip } from '../../zip/open-zip.ts';
import { expectFile, explainFileError } from './file-errors.ts';

/**
 * Random access to the members of a zip, ZIP64 included, so that a checkpoint of any size is read
 * piece by piece. PyTorch stores its members uncompressed.
 */
export interface ZipFile {
  /** Unpacked size of every member in bytes, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /**
   * Bytes of a member, or a part of them; the whole is checked against its checksum once.
   * @throws MarginaliaError `bad-checkpoint`, `file-not-accessible`.
   */
  read(name: string, from?: number, length?: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const STORED = 0;
/** A compressed member that claims to be larger is not unpacked. */
const MOST_INFLATED = 1 << 30;

/** @throws MarginaliaError `bad-checkpoint`, `no-such-file`, `not-a-file`, `file-not-accessible`. */
export async function openZip(path: string): Promise<ZipFile> {
  expectFile(path);
  let opened: OpenZip | undefined;
  try {
    opened = await openAnyZip(path, {
      // Names are only looked up: what yauzl asks of those that become files does not matter.
      decodeStrings: false,
      // A wrong size concerns its member; yauzl would refuse the whole file.
      validateEntrySizes: false,
    });
    return await readable(path, opened);
  } catch (error) {
    await opened?.close();
    throw inOurWords(error, path, (message) => damagedFile(path, message));
  }
}

async function readable(path: string, { zip, close }: OpenZip): Promise<ZipFile> {
  const members = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileNameRaw.toString('utf8');
    if (members.has(name)) throw damaged(path, `it holds ${name} twice`);
    members.set(name, entry);
  }
  const checked = new Set<string>();
  return {
    sizes: new Map([...members].map(([name, entry]) => [name, entry.uncompressedSize])),
    async read(name, from = 0, length) {
      const member = members.get(name);
      if (member === undefined) throw damaged(path, `it has no member ${name}`);
      const count = length ?? member.uncompressedSize - from;
      const refused = refusal(name, member, from, count);
      if (refused !== undefined) throw damaged(path, refused);
      // The checksum is 0 where the writer left it out.
      const isChecked = member.crc32 === 0 || checked.has(name);
      try {
        if (isChecked && member.compressionMethod === STORED) {
          const range = { start: from, end: from + count };
          return (await collect(await zip.openReadStreamPromise(member, range), count)).bytes;
        }
        const whole = await zip.openReadStreamPromise(member);
        const { bytes, crc } = await collect(whole, member.uncompressedSize, from, count);
        if (!isChecked && crc !== member.crc32) throw wrongChecksum(path, name);
        checked.add(name);
        return bytes;
      } catch (error) {
        throw inOurWords(error, path, (message) => damagedMember(path, name, message));
      }
    },
    close,
  };
}

/**
 * Bytes [from, from + count) of a stream of `size` bytes, and the checksum of all.
 * @throws Error where the stream has another size: a small member may unpack to any.
 */
async function collect(
  stream: Readable,
  size: number,
  from = 0,
  count = size,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly crc: number }> {
  const bytes = new Uint8Array(count);
  let crc = 0;
  let at = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const first = Math.max(from, at);
    const last = Math.min(from + count, at + chunk.length);
    if (first < last) bytes.set(chunk.subarray(first - at, last - at), first - from);
    crc = crc32(chunk, crc);
    at += chunk.length;
    if (at > size) throw new RangeError('too many bytes');
  }
  if (at < size) throw new RangeError('too few bytes');
  return { bytes, crc };
}

/** Why bytes [from, from + count) of a member are not read, if so. */
function refusal(name: string, member: Entry, from: number, count: number): string | undefined {
  const { uncompressedSize: size, compressedSize, compressionMethod } = member;
  if (!(from >= 0 && count >= 0 && from + count <= size))
    return `${name} is shorter than what is read of it`;
  if (member.isEncrypted()) return 'it is encrypted';
  if (!member.canDecodeFileData()) return `${name} is compressed in an unknown way`;
  if (compressionMethod === STORED)
    return compressedSize === size ? undefined : `${name} has another size than it says`;
  return size > MOST_INFLATED ? `${name} is too large to be unpacked` : undefined;
}

/**
 * What the file system says is explained, what yauzl and zlib say of a damaged file by `damage`: their
 * errors have no codes that tell these apart, only messages.
 */
function inOurWords(
  error: unknown,
  path: string,
  damage: (message: string) => MarginaliaError,
): unknown {
  const explained = explainFileError(error, `${path} cannot be read`);
  if (explained instanceof MarginaliaError) return explained;
  return error instanceof Error ? damage(error.message) : error;
}

function damagedMember(path: string, name: string, message: string): MarginaliaError {
  if (/unexpected EOF|overflows file bounds/.test(message))
    return damaged(path, `${name} lies beyond its end`);
  if (/header signature/.test(message))
    return damaged(path, `${name} is not where its directory says`);
  if (/too few bytes/.test(message)) return damaged(path, `${name} has another size than it says`);
  return damaged(path, `${name} cannot be unpacked`);
}

/** What torch.save wrote before zips, and with _use_new_zipfile_serialization=False: its magic number. */
const LEGACY = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

function damagedFile(path: string, message: string): MarginaliaError {
  if (/strong encryption/.test(message)) return damaged(path, 'it is encrypted');
  if (!/End of central directory record signature/.test(message)) return damaged(path);
  const head = firstBytes(path, LEGACY.length);
  if (head.equals(LEGACY)) {
    return damaged(
      path,
      'it is in the format of PyTorch before 1.6',
      'Save it again with a later PyTorch: torch.save(torch.load("old.pth"), "new.pth").',
    );
  }
  const isCut = head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'));
  return damaged(path, isCut ? 'it is cut off' : 'it is not a zip');
}

/** Followed by zeros where there are fewer. */
function firstBytes(path: string, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, count, 0);
  closeSync(file);
  return bytes;
}

function wrongChecksum(path: string, name: string): MarginaliaError {
  return damaged(
    path,
    `the checksum of ${name} is wrong`,
    'The file is damaged, get it again; or it was saved without checksums (set_crc32_options), save it again with them.',
  );
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
