import { LRUCache } from 'lru-cache';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Source } from '../../../shared/image/index.ts';
import { readStart } from '../read-source.ts';
import { inSource } from './bytes.ts';
import { openDataSet, spanOf, type PixelDataSet } from './dataset.ts';
import { encapsulatedFrames, type FrameBytes } from './encapsulated.ts';
import { describeImage, PIXEL_TAGS, type PixelImage } from './image.ts';

/** A file whose frames are read one by one. */
export interface OpenedFile {
  readonly set: PixelDataSet;
  readonly image: PixelImage;
  /** Of compressed frames: looked for once, when one is asked for. @throws as `encapsulatedFrames`. */
  readonly encapsulated: () => Promise<FrameBytes>;
}

export function openedFile(set: PixelDataSet): OpenedFile {
  const image = describeImage(set);
  let frames: Promise<FrameBytes> | undefined;
  return { set, image, encapsulated: () => (frames ??= encapsulatedFrames(set, image)) };
}

/** Headers that are kept, with the places of their frames: those of the clips that are looked at. */
const MOST_KEPT = 8;
const kept = new LRUCache<Source, Promise<OpenedFile>>({ max: MOST_KEPT });

/**
 * The header of a file, of whose pixels nothing is read yet. It is kept for the frames that are asked for next.
 * @throws as `openDataSet` and `describeImage`; MarginaliaError `unreadable-path`.
 */
export function openFile(source: Source): Promise<OpenedFile> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const opening = openHeader(source).then(openedFile);
  kept.set(source, opening);
  const forget = (): unknown => kept.peek(source) === opening && kept.delete(source);
  // What is deflated has been read whole.
  opening.then(({ set }) => set.pixelCoding === 'deflated' && forget(), forget);
  return opening;
}

/** Most headers are shorter; of larger ones more is read. */
const FIRST_READ = 2 ** 17;

async function openHeader(source: Source): Promise<PixelDataSet> {
  for (let limit = FIRST_READ; limit < source.size; limit *= 8) {
    const set = await openStart(await readStart(source, limit), source.path);
    // What is deflated has no places in the file.
    if (set?.pixelCoding === 'deflated') break;
    const pixels = PIXEL_TAGS.flatMap((tag) => (set && spanOf(set, tag)) ?? [])[0];
    if (set === undefined || pixels === undefined) continue;
    const { buffer, byteOffset } = set.view;
    // Copied: the rest of what was read goes.
    const header = buffer.slice(byteOffset, byteOffset + pixels.offset);
    return { ...set, view: new DataView(header), bytes: inSource(source) };
  }
  return openDataSet(await readStart(source), source.path);
}

/** Of the beginning of a file, errors may mean no more than that the rest is missing. */
async function openStart(bytes: Uint8Array, name: string): Promise<PixelDataSet | undefined> {
  try {
    return await openDataSet(bytes, name);
  } catch (error) {
    const isFinal = error instanceof MarginaliaError && FINAL.has(error.code);
    if (isFinal) throw error;
    return undefined;
  }
}

const FINAL: ReadonlySet<string> = new Set(['not-dicom', 'unknown-transfer-syntax']);
