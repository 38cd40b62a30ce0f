import { MarginaliaError } from '../../../shared/errors.ts';
import { readStreamHeader, type StreamHeader } from './codestream.ts';
import type { PixelDataSet } from './dataset.ts';
import { decodeStream } from './decoder.ts';
import { encapsulatedFrames } from './encapsulated.ts';
import { colourImage, type PixelImage } from './image.ts';
import { inflate } from './inflate.ts';
import { nativeBytes, nativeFrame } from './native.ts';
import { decodeRle } from './rle.ts';
import { extendBits, type Cell, type StoredValues } from './stored.ts';

/**
 * @returns the reader of a frame of encapsulated pixel data (PS3.5 Annex A.4).
 * @throws MarginaliaError `truncated-file`, `corrupt-pixel-data`, and, as does the reader,
 *   `colour-image`, `unsupported-pixels`.
 */
export function compressedFrameReader(
  set: PixelDataSet,
  image: PixelImage,
  signal: AbortSignal,
): (frame: number) => Promise<StoredValues> {
  const frames = encapsulatedFrames(set, image);
  const named = (frame: number): string =>
    image.frames === 1 ? `The image in ${set.name}` : `Frame ${frame + 1} of ${set.name}`;
  return async (frame) => {
    const bytes = frames[frame]!;
    if (set.pixelCoding === 'rle') return rleFrame(bytes, image, named(frame));
    if (set.pixelCoding === 'deflated-frames') {
      return deflatedFrame(bytes, image, named(frame));
    }
    const header = checkedHeader(bytes, image, set.name, named(frame));
    const cells = await decodeStream({ stream: bytes, header }, named(frame), signal);
    return storedValues(cells, header, image, named(frame));
  };
}

function rleFrame(bytes: Uint8Array, image: PixelImage, what: string): StoredValues {
  const length = nativeBytes(image.cell, image.rows * image.columns);
  const bytesPerCell = typeof image.cell === 'string' ? 1 : image.cell.bitsAllocated / 8;
  const cells = decodeRle(bytes, bytesPerCell, length / bytesPerCell);
  if (cells === undefined) {
    throw damaged(`${what} is not a whole run-length encoded image of ${sizeOf(image)}.`);
  }
  return nativeFrame(cells, image);
}

/** PS3.5 A.4.12: the frame as it would be uncompressed, deflated. */
async function deflatedFrame(
  bytes: Uint8Array,
  image: PixelImage,
  what: string,
): Promise<StoredValues> {
  const length = nativeBytes(image.cell, image.rows * image.columns);
  // A padding byte may follow.
  const cells = await inflate(bytes, length + 1, what);
  if (cells.length < length) throw damaged(`${what} inflates to less than ${sizeOf(image)}.`);
  return nativeFrame(cells, image);
}

/** The codestream's own header, which the codec goes by: checked before it allocates anything. */
function checkedHeader(
  bytes: Uint8Array,
  image: PixelImage,
  name: string,
  what: string,
): StreamHeader {
  const header = readStreamHeader(bytes);
  if (header === undefined) throw damaged(`${what} is not a JPEG, JPEG-LS or JPEG 2000 image.`);
  if (header.components !== 1) throw colourImage(name, `${header.components} colour components`);
  if (header.columns !== image.columns || header.rows !== image.rows) {
    throw damaged(
      `${what} is compressed as ${sizeOf(header)}, but its header says ${sizeOf(image)}.`,
    );
  }
  if (header.precision < 1 || header.precision > 16) {
    throw new MarginaliaError(
      'unsupported-pixels',
      `${what} has ${header.precision} bits a pixel; up to 16 are read in compressed images.`,
      'Convert it to an uncompressed transfer syntax.',
    );
  }
  return header;
}

/**
 * What the codestream says of its samples comes before what the data set says (PS3.5 section 8.2),
 * except for the sign: only JPEG 2000 can tell, and does so wrongly at times, so two's complement
 * of PixelRepresentation 1 is read from the bits that both have.
 */
function storedValues(
  cells: Uint8Array,
  header: StreamHeader,
  image: PixelImage,
  what: string,
): StoredValues {
  const bitsAllocated = header.precision <= 8 ? 8 : 16;
  if (cells.length !== (image.rows * image.columns * bitsAllocated) / 8) {
    throw damaged(`${what} decodes to ${cells.length} bytes, which is not ${sizeOf(image)}.`);
  }
  const described: Cell | undefined = typeof image.cell === 'string' ? undefined : image.cell;
  const complement = !header.signed && described?.signed === true;
  const bitsStored = complement
    ? Math.min(described.bitsStored, header.precision)
    : header.precision;
  return extendBits(bitsAllocated === 8 ? cells : new Uint16Array(cells.buffer), {
    bitsAllocated,
    bitsStored,
    highBit: bitsStored - 1,
    signed: header.signed || complement,
  });
}

function damaged(message: string): MarginaliaError {
  return new MarginaliaError(
    'corrupt-pixel-data',
    message,
    'The file is damaged: copy or export it again from its source.',
  );
}

const sizeOf = ({ columns, rows }: { columns: number; rows: number }): string =>
  `${columns} × ${rows} pixels`;
