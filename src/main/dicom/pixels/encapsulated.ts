import { MarginaliaError } from '../../../shared/errors.ts';
import { spanOf, truncated, type PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';

/** One item of encapsulated pixel data. */
interface Fragment {
  /** Of the item's tag, from the first byte after the Basic Offset Table: as offset tables count. */
  readonly position: number;
  /** Where its bytes begin in the file, and how many there are. */
  readonly offset: number;
  readonly length: number;
  /** Whether a codestream begins with it: SOI, or JPEG 2000's SOC. */
  readonly beginsStream: boolean;
}

/** The compressed bytes of a frame. @throws MarginaliaError `truncated-file` where the file became shorter. */
export type FrameBytes = (frame: number) => Promise<Uint8Array>;

/** (FFFE,E000), as four little endian bytes have it. */
const ITEM = 0xe000fffe;
const UNDEFINED_LENGTH = 0xffffffff;
const EXTENDED_OFFSETS = 'x7fe00001';
const EXTENDED_LENGTHS = 'x7fe00002';

/**
 * Finds the compressed bytes of every frame, by the heads of the fragments alone: PS3.5 Annex A.4, with a basic or an extended offset table
 * (PS3.3 C.7.6.3.1.8) or none, a frame in one fragment or in several.
 * dicom-parser's functions do not do: they fill a frame of several fragments with zeros where the file ends
 * inside it, know no extended table, and without a basic one know frames by the ends of JPEG streams alone.
 * @throws MarginaliaError `truncated-file`, `corrupt-pixel-data`.
 */
export async function encapsulatedFrames(
  set: PixelDataSet,
  image: PixelImage,
): Promise<FrameBytes> {
  const { frames } = image;
  const { table, fragments } = await findFragments(set, image);
  if (fragments.length < frames) {
    throw truncated(`${set.name} holds ${fragments.length} of ${frames} compressed frames.`);
  }
  const extended = extendedTable(set, fragments, frames);
  if (extended !== undefined) return (frame) => bytesOf(set, [extended[frame]!]);
  const starts = frameStarts(table, fragments, frames);
  if (starts === undefined) {
    throw new MarginaliaError(
      'corrupt-pixel-data',
      `${set.name} holds ${fragments.length} fragments for ${frames} frames, and nothing says which belongs to which.`,
      'Export it again with an offset table, or uncompressed.',
    );
  }
  return (frame) => bytesOf(set, fragments.slice(starts[frame], starts[frame + 1]));
}

async function bytesOf(
  { bytes, name }: PixelDataSet,
  parts: readonly Pick<Fragment, 'offset' | 'length'>[],
): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for (const { offset, length } of parts) {
    const part = await bytes.read(offset, length);
    if (part.length < length) throw truncated(`${name} ends inside a compressed frame.`);
    read.push(part);
  }
  return joined(read);
}

/** Bytes read at once where a head is looked for: of short fragments there are many in it. */
const WINDOW = 2 ** 14;

/** Small parts of a file, of which neighbours are read together. */
function reading({ bytes }: PixelDataSet): (from: number, length: number) => Promise<DataView> {
  let start = 0;
  let window: Uint8Array = new Uint8Array();
  return async (from, length) => {
    if (from < start || from + length > start + window.length) {
      window = await bytes.read(from, Math.max(WINDOW, length));
      start = from;
    }
    const part = window.subarray(from - start, from - start + length);
    return new DataView(part.buffer, part.byteOffset, part.length);
  };
}

async function findFragments(
  set: PixelDataSet,
  { pixels, frames }: PixelImage,
): Promise<{ readonly table: readonly number[]; readonly fragments: readonly Fragment[] }> {
  const { size } = set.bytes;
  const read = reading(set);
  let table: readonly number[] | undefined;
  let origin = 0;
  const fragments: Fragment[] = [];
  let at = pixels.offset;
  for (;;) {
    // The sequence's end, or, where that is missing, the file's.
    if (at + 8 > size) break;
    const head = await read(at, Math.min(10, size - at));
    if (head.byteLength < 8 || head.getUint32(0, true) !== ITEM) break;
    const length = head.getUint32(4, true);
    const offset = at + 8;
    const end = offset + length;
    if (length === UNDEFINED_LENGTH || end > size) {
      throw truncated(
        `${set.name} ends inside compressed fragment ${fragments.length + 1}; it should hold ${frames} frame${frames === 1 ? '' : 's'}.`,
      );
    }
    if (table === undefined) {
      table = offsets(await read(offset, length));
      origin = end;
    } else {
      const marker = length >= 2 && head.byteLength >= 10 ? head.getUint16(8) : 0;
      const beginsStream = marker === 0xffd8 || marker === 0xff4f;
      fragments.push({ position: at - origin, offset, length, beginsStream });
    }
    at = end;
  }
  return { table: table ?? [], fragments };
}

const offsets = (table: DataView): number[] =>
  Array.from({ length: table.byteLength >> 2 }, (_, k) => table.getUint32(4 * k, true));

/** The index of each frame's first fragment. */
function frameStarts(
  table: readonly number[],
  fragments: readonly Fragment[],
  frames: number,
): number[] | undefined {
  const every = fragments.map((_, k) => k);
  if (frames === 1) return [0];
  if (fragments.length === frames) return every;
  if (table.length === frames) {
    const byPosition = new Map(fragments.map(({ position }, k) => [position, k]));
    const starts = table.map((offset) => byPosition.get(offset) ?? -1);
    if (starts.every((start, k) => start > (starts[k - 1] ?? -1))) return starts;
  }
  // No table: a frame begins where a codestream does.
  const starts = every.filter((k) => fragments[k]!.beginsStream);
  return starts.length === frames && starts[0] === 0 ? starts : undefined;
}

/** With an Extended Offset Table a frame is one fragment, whose padding the lengths leave out. */
function extendedTable(
  set: PixelDataSet,
  fragments: readonly Fragment[],
  frames: number,
): Pick<Fragment, 'offset' | 'length'>[] | undefined {
  const positions = longs(set, EXTENDED_OFFSETS);
  const lengths = longs(set, EXTENDED_LENGTHS);
  if (positions.length !== frames || lengths.length !== frames) return undefined;
  const byPosition = new Map(fragments.map((fragment) => [fragment.position, fragment]));
  const found = positions.flatMap((position, k) => {
    const fragment = byPosition.get(position);
    if (fragment === undefined) return [];
    return { offset: fragment.offset, length: Math.min(fragment.length, lengths[k]!) };
  });
  return found.length === frames ? found : undefined;
}

function longs(set: PixelDataSet, tag: string): number[] {
  const { offset, length = 0 } = spanOf(set, tag) ?? { offset: 0 };
  return Array.from({ length: length >> 3 }, (_, k) =>
    Number(set.view.getBigUint64(offset + 8 * k, true)),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
