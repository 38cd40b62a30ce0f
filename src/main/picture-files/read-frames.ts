import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../shared/errors.ts';
import type {
  Channels,
  FrameValues,
  LoadedFrames,
  ReadOptions,
  Source,
} from '../../shared/image/index.ts';
import { outwards } from '../../shared/outwards.ts';
import { mapLimited } from '../../shared/pool.ts';
import { codeOf } from '../files/index.ts';
import { decodePages, FILES_AT_ONCE } from './decoder.ts';
import { nameOf } from './names.ts';
import type { PictureFile, PictureImage } from './picture-image.ts';
import type { Page, PageRange } from './thread/page.ts';

/** What the program holds of one image at most. */
const MOST_BYTES = 2 ** 31;
/** Of pages that are decoded together. */
const RUN_BYTES = 2 ** 26;

/** Values of frame k, in its own size. @throws as `readPictures`. */
export async function readPicture(
  image: PictureImage,
  k: number,
  signal?: AbortSignal,
): Promise<FrameValues> {
  const { file, page } = image.places[k]!;
  const { channels } = image;
  return { ...(await readPage(file, page, channels, signal)), channels };
}

/**
 * All frames in one array, from the middle outwards; nothing is held beside it but what is being decoded.
 * @throws MarginaliaError `image-too-large`, `unreadable-path`, `corrupt-picture`, `changed-file`; the signal's
 *   reason when aborted.
 */
export async function readPictures(
  image: PictureImage,
  { signal, onProgress, onFrame }: ReadOptions,
): Promise<LoadedFrames> {
  const { frames, channels, bits } = image;
  const columns = Math.max(...frames.map(({ size }) => size[0]));
  const rows = Math.max(...frames.map(({ size }) => size[1]));
  const length = columns * rows * channels;
  requireRoom(image, length * frames.length * (bits / 8), `${columns} × ${rows}`);
  const data =
    bits === 16 ? new Uint16Array(length * frames.length) : new Uint8Array(length * frames.length);
  let done = 0;
  await mapLimited(runsOf(image), FILES_AT_ONCE, async ({ file, pages, first }) => {
    signal?.throwIfAborted();
    const decoded = await decode(file, pages, channels, signal);
    for (const [n, page] of decoded.entries()) {
      const frame = data.subarray((first + n) * length, (first + n + 1) * length);
      putInCorner(page, frame, columns, channels);
      onFrame?.(frame, first + n);
      onProgress?.(++done, frames.length);
    }
    // Other work runs in between.
    await setImmediate();
  });
  signal?.throwIfAborted();
  return { size: [columns, rows, frames.length], channels, data, grid: null, resampled: null };
}

/** Pages of one file that are decoded together. */
interface Run {
  readonly file: PictureFile;
  readonly pages: PageRange;
  /** Frame of the first of them. */
  readonly first: number;
}

/** All frames, in runs of one file, from the middle outwards. */
function runsOf({ places, channels, bits }: PictureImage): Run[] {
  const runs: Run[] = [];
  for (const [k, { file, page }] of places.entries()) {
    const { columns, rows } = file.pages[page]!;
    const most = RUN_BYTES / (columns * rows * channels * (bits / 8));
    const last = runs.at(-1);
    if (last?.file === file && last.pages.count + 1 <= most)
      runs[runs.length - 1] = { ...last, pages: { ...last.pages, count: last.pages.count + 1 } };
    else runs.push({ file, pages: { from: page, count: 1 }, first: k });
  }
  return outwards(runs.length).map((n) => runs[n]!);
}

function requireRoom({ description, frames }: PictureImage, bytes: number, size: string): void {
  if (bytes <= MOST_BYTES) return;
  const gib = (bytes / 2 ** 30).toFixed(1);
  throw new MarginaliaError(
    'image-too-large',
    `${description} has ${frames.length} pictures, each of which takes the room of the largest (${size}): ${gib} GiB, where 2 are held.`,
    'Open a part of the folder, or move the largest pictures to a folder of their own.',
  );
}

/**
 * A page of a file. @param channels 1 asks for the brightness of colour.
 * @throws as `readPictures`.
 */
export async function readPage(
  file: PictureFile,
  page: number,
  channels: Channels,
  signal?: AbortSignal,
): Promise<Page> {
  const [values] = await decode(file, { from: page, count: 1 }, channels, signal);
  return values!;
}

/** @throws MarginaliaError `unreadable-path` where the file is gone, or cannot be read any more. */
async function bytesOf(source: Source): Promise<Uint8Array> {
  try {
    return await source.read();
  } catch (error) {
    throw new MarginaliaError(
      'unreadable-path',
      `${source.path} cannot be read any more (${codeOf(error)}).`,
      'See whether its drive is there; then try again.',
      { cause: error },
    );
  }
}

/** Pages of one file, of the size that its header had. */
async function decode(
  { format, source, pages: headers }: PictureFile,
  pages: PageRange,
  channels: Channels,
  signal: AbortSignal | undefined,
): Promise<readonly Page[]> {
  const bytes = await bytesOf(source);
  const request = { bytes, format, pages, channels };
  const decoded = await decodePages(request, nameOf(source.path), signal);
  for (const [n, { columns, rows }] of decoded.entries()) {
    const header = headers[pages.from + n]!;
    if (columns === header.columns && rows === header.rows) continue;
    throw new MarginaliaError(
      'changed-file',
      `${source.path} has changed: it was ${header.columns} × ${header.rows} pixels large, now ${columns} × ${rows}.`,
      'Open the folder again.',
    );
  }
  return decoded;
}

/** Pixel (0, 0) to pixel (0, 0). @param across columns of the frame. */
function putInCorner(
  { columns, rows, values }: Page,
  frame: Uint8Array | Uint16Array,
  across: number,
  channels: number,
): void {
  if (columns === across) {
    frame.set(values);
    return;
  }
  for (let y = 0; y < rows; y++) {
    const row = values.subarray(y * columns * channels, (y + 1) * columns * channels);
    frame.set(row, y * across * channels);
  }
}
