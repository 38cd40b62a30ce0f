import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import { codeOf } from '../files/index.ts';

/** The first bytes of a file, or all. @throws MarginaliaError `unreadable-path`, as `readRange`. */
export const readStart = (source: Source, limit = source.size): Promise<Uint8Array> =>
  source.read(limit).catch((error: unknown) => unreadable(source, error));

/**
 * A part of a file; fewer bytes where it ends earlier.
 * @throws MarginaliaError `unreadable-path` where the file is gone, or cannot be read any more.
 */
export const readRange = (source: Source, from: number, length: number): Promise<Uint8Array> =>
  source.readRanges([{ from, length }]).catch((error: unknown) => unreadable(source, error));

function unreadable({ path }: Source, error: unknown): never {
  if (error instanceof MarginaliaError) throw error;
  throw new MarginaliaError(
    'unreadable-path',
    `${path} cannot be read any more (${codeOf(error)}).`,
    'See whether its drive is there; then try again.',
  );
}
