import { MarginaliaError } from '../../../shared/errors.ts';
import type { Channels, Source } from '../../../shared/image/index.ts';
import { bitsOf, frameValues, meaningOf } from './colour.ts';
import { compressedFrameReader } from './compressed.ts';
import { openDataSet, type PixelDataSet } from './dataset.ts';
import type { PixelImage } from './image.ts';
import { nativeFrameReader } from './native.ts';
import { openedFile, openFile, type OpenedFile } from './opened-file.ts';
import { channelsOf } from './photometric.ts';
import type { StoredValues } from './stored.ts';
import { transferSyntax } from './transfer-syntaxes.ts';

export { channelsOf, photometricOf } from './photometric.ts';
export type { StoredValues } from './stored.ts';

/** Some bytes may claim to be any number of frames; 4096 frames of 512 × 512 are read at once. */
const MAX_VALUES = 2 ** 30;

/**
 * One frame: `data[channel + channels·(column + columns·row)]`. Grey values are as stored, before
 * rescale, MONOCHROME1 not inverted; colours are red, green and blue in a Uint8Array.
 */
export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  readonly channels: Channels;
  readonly data: StoredValues;
}

/**
 * The frames of a DICOM image. Grey values are sign- and bit-extended as BitsAllocated, BitsStored,
 * HighBit and PixelRepresentation say (PS3.5 section 8.1.1). Colours of every Photometric
 * Interpretation (PS3.3 C.7.6.3.1.2) become red, green and blue; what a JPEG or JPEG 2000 stream says of
 * its colours goes before what the data set says.
 * @param bytes a whole DICOM file.
 * @param frames 0-based, in the order wanted.
 * @param options.name what the file is called in messages.
 * @throws MarginaliaError `not-dicom`, `no-pixel-data`, `truncated-file`, `corrupt-file`,
 *   `corrupt-pixel-data`,
 *   `unknown-transfer-syntax`, `no-palette`, `unsupported-pixels`, `image-too-large`,
 *   `no-such-frame`; the signal's reason when aborted.
 */
export async function readFrames(
  bytes: Uint8Array,
  frames: readonly number[],
  { signal, name = 'The file' }: { readonly signal?: AbortSignal; readonly name?: string } = {},
): Promise<DecodedFrame[]> {
  signal?.throwIfAborted();
  return decodeFrames(openedFile(await openDataSet(bytes, name)), frames, signal);
}

/**
 * The same of a file of which no more is read than its header, once, and these frames. A file that is deflated as
 * a whole is read whole.
 * @throws as `readFrames`; MarginaliaError `unreadable-path`.
 */
export async function readFramesAlone(
  source: Source,
  frames: readonly number[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<DecodedFrame[]> {
  signal?.throwIfAborted();
  return decodeFrames(await openFile(source), frames, signal);
}

async function decodeFrames(
  file: OpenedFile,
  frames: readonly number[],
  signal: AbortSignal | undefined,
): Promise<DecodedFrame[]> {
  const { set, image } = file;
  const { name } = set;
  const missing = frames.find((frame) => !(frame >= 0 && frame < image.frames));
  if (missing !== undefined) {
    throw new MarginaliaError(
      'no-such-frame',
      `${name} has ${image.frames} frames; frame ${missing + 1} was asked for.`,
    );
  }
  const { rows, columns, palette } = image;
  const channels = channelsOf(image.photometric);
  requireRoom(name, frames.length, { rows, columns, channels });
  checkEncapsulation(set, image);
  if (image.pixels.length !== undefined) {
    const read = nativeFrameReader(set, image);
    const [bits, meaning] = [bitsOf(image.cell), meaningOf(image.photometric)];
    const decoded: DecodedFrame[] = [];
    for (const frame of frames) {
      const data = frameValues({ samples: await read(frame), bits, meaning }, palette);
      decoded.push({ rows, columns, channels, data });
    }
    return decoded;
  }
  // The first frame that fails ends the others.
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  try {
    const read = await compressedFrameReader(file, stop);
    return await Promise.all(
      frames.map(async (frame) => {
        const data = frameValues(await read(frame), palette);
        return { rows, columns, channels, data };
      }),
    );
  } finally {
    failed.abort();
  }
}

/** @throws MarginaliaError `image-too-large` where so many frames of a file are more than fit in memory. */
export function requireRoom(
  name: string,
  frames: number,
  { rows, columns, channels }: Pick<DecodedFrame, 'rows' | 'columns' | 'channels'>,
): void {
  if (frames * rows * columns * channels <= MAX_VALUES) return;
  throw new MarginaliaError(
    'image-too-large',
    `${name}: ${frames} frames of ${columns} × ${rows} pixels are more than fit in memory.`,
    'Split it into files of fewer frames.',
  );
}

/** Pixel data are encapsulated (of undefined length) exactly where the transfer syntax says so. */
function checkEncapsulation({ name, ...set }: PixelDataSet, { pixels }: PixelImage): void {
  const plain = set.pixelCoding === 'native' || set.pixelCoding === 'deflated';
  if (plain === (pixels.length !== undefined)) return;
  throw new MarginaliaError(
    'corrupt-pixel-data',
    `${name} has ${plain ? 'compressed' : 'uncompressed'} pixels, but its transfer syntax is ${set.transferSyntax} (${transferSyntax(set.transferSyntax).name}).`,
    'Export it again from its source.',
  );
}
