import { createHash } from 'node:crypto';
import type { ByteRange, Source } from '../../shared/image/index.ts';

/** Files up to this many bytes are read whole, others in as many pieces as below. */
const WHOLE = 2 ** 22;
const PIECES = 64;
const PIECE = 2 ** 14;

/**
 * A name for what is in files, whatever they are called and wherever they lie: a hash of their sizes and
 * bytes; of a large file, of its beginning, its end and places evenly between. Headers alone do not tell
 * two patients of one protocol apart.
 */
export async function contentId(sources: readonly Source[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    hash.update(`${source.size} `);
    hash.update(await source.readRanges(piecesOf(source.size)));
  }
  return `file-${hash.digest('hex').slice(0, 32)}`;
}

function piecesOf(size: number): ByteRange[] {
  if (size <= WHOLE) return [{ from: 0, length: size }];
  const step = (size - PIECE) / (PIECES - 1);
  return Array.from({ length: PIECES }, (_, n) => ({ from: Math.floor(n * step), length: PIECE }));
}
