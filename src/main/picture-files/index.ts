export { pictureFileReader } from './reader.ts';
export {
  openPublishedDataset,
  publishedCases,
  readMask,
  readPublishedPicture,
  type Mask,
  type PublishedCase,
  type PublishedDataset,
} from './published-dataset.ts';
export { SPLITS, type Split } from './published-layout.ts';
