import { MarginaliaError } from '../../../shared/errors.ts';
import { readStreamHeader, withoutBoxes, type StreamHeader } from './codestream.ts';
import { bitsOf, fromPlanes, meaningOf } from './colour.ts';
import { decodeStream } from './decoder.ts';
import type { SampledFrame } from './colour.ts';
import type { PixelImage } from './image.ts';
import { inflate } from './inflate.ts';
import type { OpenedFile } from './opened-file.ts';
import { nativeBytes, nativeFrame, sampleOrder } from './native.ts';
import { decodeRle } from './rle.ts';
import { extendBits, type Cell, type StoredValues } from './stored.ts';

/**
 * @returns the reader of a frame of encapsulated pixel data (PS3.5 Annex A.4).
 * @throws MarginaliaError, as does the reader, `truncated-file`, `corrupt-pixel-data`, `unsupported-pixels`.
 */
export async function compressedFrameReader(
  { set, image, encapsulated }: OpenedFile,
  signal: AbortSignal,
): Promise<(frame: number) => Promise<SampledFrame>> {
  const bytesOf = await encapsulated();
  const named = (frame: number): string =>
    image.frames === 1 ? `The image in ${set.name}` : `Frame ${frame + 1} of ${set.name}`;
  return async (frame) => {
    const bytes = await bytesOf(frame);
    const plain = { bits: bitsOf(image.cell), meaning: meaningOf(image.photometric) };
    if (set.pixelCoding === 'rle') {
      return { ...plain, samples: rleFrame(bytes, image, named(frame)) };
    }
    if (set.pixelCoding === 'deflated-frames') {
      return { ...plain, samples: await deflatedFrame(bytes, image, named(frame)) };
    }
    const stream = withoutBoxes(bytes);
    const header = checkedHeader(stream, image, named(frame));
    const cells = await decodeStream({ stream, header }, named(frame), signal);
    const samples = storedValues(cells, header, image, named(frame));
    return {
      samples: header.planar ? fromPlanes(samples) : samples,
      bits: header.precision,
      meaning: image.samples === 3 ? (header.colours ?? plain.meaning) : plain.meaning,
    };
  };
}

function rleFrame(bytes: Uint8Array, image: PixelImage, what: string): StoredValues {
  const { rows, columns, samples, cell } = image;
  const cellBytes = typeof cell === 'string' ? 1 : cell.bitsAllocated / 8;
  const length = nativeBytes(cell, rows * columns) / cellBytes;
  const cells = decodeRle(bytes, { bytes: cellBytes, samples }, length);
  if (cells === undefined) {
    throw damaged(`${what} is not a whole run-length encoded image of ${described(image)}.`);
  }
  return nativeFrame(cells, image, { by: 'pixels', values: rows * columns * samples });
}

/** PS3.5 A.4.12: the frame as it would be uncompressed, deflated. */
async function deflatedFrame(
  bytes: Uint8Array,
  image: PixelImage,
  what: string,
): Promise<StoredValues> {
  const most = nativeBytes(image.cell, image.rows * image.columns * image.samples);
  // A padding byte may follow.
  const cells = await inflate(bytes, most + 1, what);
  const order = sampleOrder({ ...image, frames: 1 }, cells.length);
  if (cells.length < nativeBytes(image.cell, order.values)) {
    throw damaged(`${what} inflates to less than ${described(image)}.`);
  }
  return nativeFrame(cells, image, order);
}

/** The codestream's own header, which the codec goes by: checked before it allocates anything. */
function checkedHeader(bytes: Uint8Array, image: PixelImage, what: string): StreamHeader {
  const header = readStreamHeader(bytes);
  if (header === undefined) throw damaged(`${what} is not a JPEG, JPEG-LS or JPEG 2000 image.`);
  if (header.components !== image.samples) {
    throw damaged(
      `${what} is compressed with ${header.components} samples a pixel, but its header says ${image.samples}.`,
    );
  }
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
  if (cells.length !== (image.rows * image.columns * image.samples * bitsAllocated) / 8) {
    throw damaged(`${what} decodes to ${cells.length} bytes, which is not ${described(image)}.`);
  }
  const cell: Cell | undefined = typeof image.cell === 'string' ? undefined : image.cell;
  const complement = !header.signed && cell?.signed === true;
  const bitsStored = complement ? Math.min(cell.bitsStored, header.precision) : header.precision;
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

const described = (image: PixelImage): string =>
  image.samples === 3 ? `${sizeOf(image)} of three samples` : sizeOf(image);
