// @ts-check
/**
 * The decoder thread: WebAssembly codecs fed with files from anywhere, where they can be ended.
 * Plain JavaScript, because a thread of Node 20 cannot be started from TypeScript sources.
 *
 * @import { DecodeRequest } from './decoder.ts'
 */
import dcmjsCodecs from 'dcmjs-codecs';
import { move } from 'piscina';

const { Context, NativeCodecs, log } = dcmjsCodecs;
const DECODERS = /** @type {const} */ ({
  jpeg: 'decodeJpeg',
  'jpeg-ls': 'decodeJpegLs',
  'jpeg-2000': 'decodeJpeg2000',
  htj2k: 'decodeHtJpeg2000',
});

log.setLevel('silent');
await NativeCodecs.initializeAsync();

/**
 * @param {DecodeRequest} request
 * @returns {Promise<ReturnType<typeof move>>} cells of 8 or 16 bits, little endian.
 * @throws what the codec says.
 */
export default async function decode({ stream, header }) {
  try {
    const decoded = NativeCodecs[DECODERS[header.coder]](
      new Context({
        width: header.columns,
        height: header.rows,
        bitsAllocated: header.precision <= 8 ? 8 : 16,
        bitsStored: header.precision,
        samplesPerPixel: header.components,
        pixelRepresentation: header.signed ? 1 : 0,
        planarConfiguration: 0,
        // Only names what comes out as it is: no codec converts colours.
        photometricInterpretation: header.components === 1 ? 'MONOCHROME2' : 'RGB',
        encodedBuffer: stream,
      }),
    );
    return move(new Uint8Array(decoded.getDecodedBuffer() ?? []));
  } catch (error) {
    // A codec that failed may have left its memory in disorder: the next frame gets a new one.
    await NativeCodecs.initializeAsync();
    throw error;
  }
}
