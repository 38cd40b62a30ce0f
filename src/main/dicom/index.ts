export { requireImages, scanDicom, type ScanOptions } from './scan.ts';
export type * from './types.ts';
export { loadVolume, type LoadOptions } from './volume.ts';
