export { pictureFileReader } from './reader.ts';
export {
  openPublishedDataset,
  publishedCases,
  readMask,
  type Mask,
  type PublishedCase,
  type PublishedDataset,
} from './published-dataset.ts';
export type { Split } from './published-layout.ts';
