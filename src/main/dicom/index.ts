export { dicomReader, type DicomImage } from './reader.ts';
export type { Series, Stack } from './types.ts';
export { loadStack } from './volume.ts';
