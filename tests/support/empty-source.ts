import { Readable } from 'node:stream';
import type { Source } from '../../src/shared/image/index.ts';

/** A file with nothing in it, of frames whose voxels are not looked at. */
export const emptySource: Source = {
  path: 'x',
  size: 0,
  read: () => Promise.resolve(new Uint8Array()),
  readRanges: () => Promise.resolve(new Uint8Array()),
  chunks: () => Readable.from([]),
};
