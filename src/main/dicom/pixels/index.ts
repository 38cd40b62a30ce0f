import { MarginaliaError } from '../../../shared/errors.ts';
import { compressedFrameReader } from './compressed.ts';
import { openDataSet, type PixelDataSet } from './dataset.ts';
import { describeImage, type PixelImage } from './image.ts';
import { nativeFrameReader } from './native.ts';
import type { StoredValues } from './stored.ts';
import { transferSyntax } from './transfer-syntaxes.ts';

export type { StoredValues } from './stored.ts';

/** Some bytes may claim to be any number of frames; 4096 frames of 512 × 512 are read at once. */
const MAX_VALUES = 2 ** 30;

/** One frame as stored: `data[column + columns·row]`, before rescale, MONOCHROME1 not inverted. */
export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  readonly data: StoredValues;
}

/**
 * The frames of a grey DICOM image, sign- and bit-extended as BitsAllocated, BitsStored, HighBit
 * and PixelRepresentation say (PS3.5 section 8.1.1).
 * @param bytes a whole DICOM file.
 * @param frames 0-based, in the order wanted.
 * @param options.name what the file is called in messages.
 * @throws MarginaliaError `not-dicom`, `no-pixel-data`, `truncated-file`, `corrupt-file`,
 *   `corrupt-pixel-data`,
 *   `unknown-transfer-syntax`, `colour-image`, `unsupported-pixels`, `image-too-large`,
 *   `no-such-frame`; the signal's reason when aborted.
 */
export async function readFrames(
  bytes: Uint8Array,
  frames: readonly number[],
  { signal, name = 'The file' }: { readonly signal?: AbortSignal; readonly name?: string } = {},
): Promise<DecodedFrame[]> {
  signal?.throwIfAborted();
  const set = await openDataSet(bytes, name);
  const image = describeImage(set);
  const missing = frames.find((frame) => !(frame >= 0 && frame < image.frames));
  if (missing !== undefined) {
    throw new MarginaliaError(
      'no-such-frame',
      `${name} has ${image.frames} frames; frame ${missing + 1} was asked for.`,
    );
  }
  const { rows, columns } = image;
  if (frames.length * rows * columns > MAX_VALUES) {
    throw new MarginaliaError(
      'image-too-large',
      `${name}: ${frames.length} frames of ${columns} × ${rows} pixels are more than fit in memory.`,
      'Split it into files of fewer frames.',
    );
  }
  checkEncapsulation(set, image);
  if (image.pixels.length !== undefined) {
    const read = nativeFrameReader(set, image);
    return frames.map((frame) => ({ rows, columns, data: read(frame) }));
  }
  // The first frame that fails ends the others.
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const read = compressedFrameReader(set, image, stop);
  try {
    return await Promise.all(
      frames.map(async (frame) => ({ rows, columns, data: await read(frame) })),
    );
  } finally {
    failed.abort();
  }
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
