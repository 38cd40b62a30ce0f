import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Channels, FrameValues, LoadedFrames, ReadOptions } from '../../shared/image/index.ts';
import { outwards } from '../../shared/outwards.ts';
import { groupBy } from '../../shared/group-by.ts';
import { mapLimited } from '../../shared/pool.ts';
import { codeOf } from '../files/index.ts';
import { decodePages, FILES_AT_ONCE, shared } from './decoder.ts';
import { nameOf } from './names.ts';
import type { PictureFile, PictureImage } from './picture-image.ts';
import type { Page } from './thread/page.ts';

/** What the program holds of one image at most. */
const MOST_BYTES = 2 ** 31;
/** Decoded at once from one file. */
const PAGES = 16;

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
  const { frames, channels, bits, places } = image;
  const columns = Math.max(...frames.map(({ size }) => size[0]));
  const rows = Math.max(...frames.map(({ size }) => size[1]));
  const length = columns * rows * channels;
  requireRoom(image, length * frames.length * (bits / 8), `${columns} × ${rows}`);
  const data =
    bits === 16 ? new Uint16Array(length * frames.length) : new Uint8Array(length * frames.length);
  let done = 0;
  const files = groupBy(outwards(frames.length), (k) => places[k]!.file);
  await mapLimited([...files], FILES_AT_ONCE, async ([file, all]) => {
    signal?.throwIfAborted();
    const bytes = await bytesOf(file);
    for (let from = 0; from < all.length; from += PAGES) {
      const some = all.slice(from, from + PAGES);
      const wanted = some.map((k) => places[k]!.page);
      const pages = await decode(file, bytes, wanted, channels, signal);
      for (const [n, k] of some.entries()) {
        const frame = data.subarray(k * length, (k + 1) * length);
        putInCorner(pages[n]!, frame, columns, channels);
        onFrame?.(frame, k);
        onProgress?.(++done, frames.length);
      }
      // Other work runs in between.
      await setImmediate();
    }
  });
  signal?.throwIfAborted();
  return { size: [columns, rows, frames.length], channels, data, grid: null, resampled: null };
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
  const [values] = await decode(file, await bytesOf(file), [page], channels, signal);
  return values!;
}

/** @throws MarginaliaError `unreadable-path` where the file is gone, or cannot be read any more. */
async function bytesOf({ source }: PictureFile): Promise<Uint8Array> {
  try {
    return shared(await source.read());
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
  bytes: Uint8Array,
  pages: readonly number[],
  channels: Channels,
  signal: AbortSignal | undefined,
): Promise<readonly Page[]> {
  const request = { bytes, format, pages, channels };
  const decoded = await decodePages(request, nameOf(source.path), signal);
  for (const [n, { columns, rows }] of decoded.entries()) {
    const header = headers[pages[n]!]!;
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
