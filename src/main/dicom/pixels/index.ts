import { MarginaliaError } from '../../../shared/errors.ts';
import { openDataSet, unreadableSyntax } from './dataset.ts';
import { describeImage } from './image.ts';
import { nativeFrameReader } from './native.ts';
import type { StoredValues } from './stored.ts';

export type { StoredValues } from './stored.ts';

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
  if (image.pixels.length === undefined) throw unreadableSyntax(set.transferSyntax, name);
  const read = nativeFrameReader(set, image);
  const { rows, columns } = image;
  return frames.map((frame) => ({ rows, columns, data: read(frame) }));
}
