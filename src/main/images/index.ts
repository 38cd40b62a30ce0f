export { readerOf } from './readers.ts';
export { requireImages, scanImages, type ImageScan } from './scan.ts';
