export {
  SPLITS,
  openPublishedDataset,
  publishedCases,
  readMask,
  readPublishedPicture,
  type Mask,
  type PublishedCase,
  type PublishedDataset,
  type Split,
} from '../picture-files/index.ts';
export { IMAGE_FILE, readImage } from '../volume-files/index.ts';
export { readerOf } from './readers.ts';
export { requireImages, scanImages, type ImageScan } from './scan.ts';
