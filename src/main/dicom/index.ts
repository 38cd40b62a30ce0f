export { patientAndStudy } from './patient-study.ts';
export { requireImages, scanDicom, type ScanOptions } from './scan.ts';
export type * from './types.ts';
export { loadSlice, loadVolume, type LoadOptions } from './volume.ts';
