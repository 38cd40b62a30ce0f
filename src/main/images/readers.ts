import { MarginaliaError } from '../../shared/errors.ts';
import type { ImageInfo, ImageReader } from '../../shared/image/index.ts';
import { dicomReader } from '../dicom/index.ts';
import { pictureFileReader } from '../picture-files/index.ts';
import { volumeFileReader } from '../volume-files/index.ts';

/**
 * The image readers, in the order in which they are offered a file; a new format is one more entry. Those
 * that go by names come first: of other files they read nothing. Pictures come last, as a DICOM file may begin
 * as one does.
 */
export const READERS: readonly ImageReader[] = [volumeFileReader, dicomReader, pictureFileReader];

/** The reader that found an image. */
export function readerOf({ reader, id }: Pick<ImageInfo, 'reader' | 'id'>): ImageReader {
  const match = READERS.find(({ name }) => name === reader);
  if (match !== undefined) return match;
  throw new MarginaliaError(
    'unknown-reader',
    `The image ${id} is of a kind that is not read here (${reader}).`,
  );
}
