import { createHash } from 'node:crypto';
import type { ByteRange } from '../../shared/image/index.ts';
import type { VolumeFile } from './volume-file.ts';

/** Compressed files up to this many bytes are read whole, others in as many pieces as below. */
const WHOLE = 2 ** 22;
const PIECES = 64;
const PIECE = 2 ** 14;

/**
 * A name for what is in a file, whatever it is called and wherever it lies: a hash of sizes and bytes. Headers
 * alone do not tell two patients of one protocol apart, nor samples two masks. Of a large compressed file,
 * its beginning, places evenly between and its end are enough: there stands the checksum of all of it
 * (RFC 1950, 1952).
 */
export async function contentId({ sources, voxels }: VolumeFile): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    hash.update(`${source.size} `);
    if (voxels.compressed && source.size > WHOLE)
      hash.update(await source.readRanges(piecesOf(source.size)));
    else for await (const chunk of source.chunks()) hash.update(chunk);
  }
  return `file-${hash.digest('hex').slice(0, 32)}`;
}

function piecesOf(size: number): ByteRange[] {
  const step = (size - PIECE) / (PIECES - 1);
  return Array.from({ length: PIECES }, (_, n) => ({ from: Math.floor(n * step), length: PIECE }));
}
