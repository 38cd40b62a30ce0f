import type { ImageReader } from '../../shared/image/index.ts';
import type { PictureImage } from './picture-image.ts';
import { readPicture, readPictures } from './read-frames.ts';
import { scanPictures } from './scan.ts';

/** Reads PNG, JPEG, TIFF and BMP: a file, or all pictures of a folder as one set. */
export const pictureFileReader: ImageReader<PictureImage> = {
  name: 'picture-file',
  scan: (sources, options) => scanPictures(sources, pictureFileReader.name, options),
  readFrame: readPicture,
  readsFramesAlone: ({ places }) => places.every(({ file }) => file.pages.length === 1),
  readAll: readPictures,
  describe: ({ id }) => ({
    patientName: '',
    patientId: '',
    // What is not known to be of one patient is not put together.
    studyInstanceUid: id,
    studyDescription: '',
    studyDate: '',
    seriesInstanceUid: id,
    seriesNumber: undefined,
    manufacturer: '',
    acquisition: '',
    sopInstanceUids: [id],
  }),
};
