import { MarginaliaError } from '../../../shared/errors.ts';
import { spanOf, type PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';

/** One item of encapsulated pixel data. */
interface Fragment {
  /** Of the item's tag, from the first byte after the Basic Offset Table: as offset tables count. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** (FFFE,E000), as four little endian bytes have it. */
const ITEM = 0xe000fffe;
const UNDEFINED_LENGTH = 0xffffffff;
const EXTENDED_OFFSETS = 'x7fe00001';
const EXTENDED_LENGTHS = 'x7fe00002';

/**
 * The compressed bytes of every frame: PS3.5 Annex A.4, with a basic or an extended offset table
 * (PS3.3 C.7.6.3.1.8) or none, a frame in one fragment or in several.
 * dicom-parser's functions do not do: they fill a frame of several fragments with zeros where the file ends
 * inside it, know no extended table, and without a basic one know frames by the ends of JPEG streams alone.
 * @throws MarginaliaError `truncated-file`, `corrupt-pixel-data`.
 */
export function encapsulatedFrames(set: PixelDataSet, image: PixelImage): Uint8Array[] {
  const { frames } = image;
  const { table, fragments } = readFragments(set, image);
  if (fragments.length < frames) {
    throw new MarginaliaError(
      'truncated-file',
      `${set.name} holds ${fragments.length} of ${frames} compressed frames.`,
      'The file is incomplete: copy or export it again from its source.',
    );
  }
  const extended = extendedTable(set, fragments, frames);
  if (extended !== undefined) return extended;
  const starts = frameStarts(table, fragments, frames);
  if (starts === undefined) {
    throw new MarginaliaError(
      'corrupt-pixel-data',
      `${set.name} holds ${fragments.length} fragments for ${frames} frames, and nothing says which belongs to which.`,
      'Export it again with an offset table, or uncompressed.',
    );
  }
  return starts.map((start, k) =>
    joined(fragments.slice(start, starts[k + 1]).map((fragment) => fragment.bytes)),
  );
}

function readFragments(
  set: PixelDataSet,
  { pixels, frames }: PixelImage,
): { readonly table: readonly number[]; readonly fragments: readonly Fragment[] } {
  const { view } = set;
  let table: readonly number[] | undefined;
  let origin = 0;
  const fragments: Fragment[] = [];
  let at = pixels.offset;
  for (;;) {
    // The sequence's end, or, where that is missing, the file's.
    if (at + 8 > view.byteLength || view.getUint32(at, true) !== ITEM) break;
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (length === UNDEFINED_LENGTH || end > view.byteLength) {
      throw new MarginaliaError(
        'truncated-file',
        `${set.name} ends inside compressed fragment ${fragments.length + 1}; it should hold ${frames} frame${frames === 1 ? '' : 's'}.`,
        'The file is incomplete: copy or export it again from its source.',
      );
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at + 8, length);
    if (table === undefined) {
      table = offsets(bytes);
      origin = end;
    } else {
      fragments.push({ position: at - origin, bytes });
    }
    at = end;
  }
  return { table: table ?? [], fragments };
}

function offsets(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, k) => view.getUint32(4 * k, true));
}

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
  // No table: a frame begins where a codestream does (SOI, or JPEG 2000's SOC).
  const starts = every.filter((k) => {
    const { bytes } = fragments[k]!;
    return bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);
  });
  return starts.length === frames && starts[0] === 0 ? starts : undefined;
}

/** With an Extended Offset Table a frame is one fragment, whose padding the lengths leave out. */
function extendedTable(
  set: PixelDataSet,
  fragments: readonly Fragment[],
  frames: number,
): Uint8Array[] | undefined {
  const positions = longs(set, EXTENDED_OFFSETS);
  const lengths = longs(set, EXTENDED_LENGTHS);
  if (positions.length !== frames || lengths.length !== frames) return undefined;
  const byPosition = new Map(fragments.map(({ position, bytes }) => [position, bytes]));
  const found = positions.map((position, k) => byPosition.get(position)?.subarray(0, lengths[k]));
  return found.every((bytes) => bytes !== undefined) ? found : undefined;
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
