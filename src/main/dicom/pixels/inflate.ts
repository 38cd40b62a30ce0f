import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { MarginaliaError } from '../../../shared/errors.ts';

const inflateRawAsync = promisify(inflateRaw);

/**
 * A raw deflate stream (RFC 1951), as PS3.5 Annex A.5 and A.4.12 use it.
 * @throws MarginaliaError `truncated-file`, `corrupt-pixel-data`, `image-too-large` where it
 *   inflates to more than `limit` bytes.
 */
export async function inflate(bytes: Uint8Array, limit: number, name: string): Promise<Uint8Array> {
  try {
    return await inflateRawAsync(bytes, { maxOutputLength: limit });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new MarginaliaError(
        'image-too-large',
        `${name} inflates to more than the ${limit} bytes that fit its image.`,
        'Convert it to an uncompressed transfer syntax, for example with dcmconv.',
      );
    }
    const early = code === 'Z_BUF_ERROR';
    throw new MarginaliaError(
      early ? 'truncated-file' : 'corrupt-pixel-data',
      `${name} is deflated, and ${early ? 'ends too early' : 'its data are damaged'}.`,
      'Copy or export the file again from its source.',
      { cause: error },
    );
  }
}
