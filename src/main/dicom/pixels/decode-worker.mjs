// @ts-check
/**
 * The decoder thread: WebAssembly codecs fed with files from anywhere, where they can be killed.
 * One request at a time, answered in order. Plain JavaScript, because a thread of Node 20 cannot
 * be started from TypeScript sources.
 *
 * @import { DecodeReply, DecodeRequest } from './decoder.ts'
 */
import { parentPort } from 'node:worker_threads';
import dcmjsCodecs from 'dcmjs-codecs';

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
 * @returns {DecodeReply}
 */
function decode({ stream, header }) {
  try {
    const decoded = NativeCodecs[DECODERS[header.coder]](
      new Context({
        width: header.columns,
        height: header.rows,
        bitsAllocated: header.precision <= 8 ? 8 : 16,
        bitsStored: header.precision,
        samplesPerPixel: 1,
        pixelRepresentation: header.signed ? 1 : 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        encodedBuffer: stream,
      }),
    );
    return { cells: new Uint8Array(decoded.getDecodedBuffer() ?? []) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (/** @type {DecodeRequest} */ request) => {
  const reply = decode(request);
  parentPort?.postMessage(reply, 'cells' in reply ? [reply.cells.buffer] : []);
});
