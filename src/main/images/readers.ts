import { MarginaliaError } from '../../shared/errors.ts';
import type { ImageInfo, ImageReader } from '../../shared/image/index.ts';
import { dicomReader } from '../dicom/index.ts';

/** Every reader of images, in the order in which they are offered a file: another format is a line here. */
export const READERS: readonly ImageReader[] = [dicomReader];

/** The reader that found an image. */
export function readerOf({ reader, id }: Pick<ImageInfo, 'reader' | 'id'>): ImageReader {
  const found = READERS.find(({ name }) => name === reader);
  if (found !== undefined) return found;
  throw new MarginaliaError(
    'unknown-reader',
    `The image ${id} is of a kind that is not read here (${reader}).`,
  );
}
