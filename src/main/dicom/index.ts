export { dicomReader, type DicomImage } from './reader.ts';
export type { Series, Stack } from './types.ts';
export { loadVolume } from './volume.ts';
