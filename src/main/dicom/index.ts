export { patientAndStudy } from './patient-study.ts';
export { requireImages, scanDicom, type ScanOptions } from './scan.ts';
export type * from './types.ts';
export { haveOwnFiles, loadSlice, loadVolume, type LoadOptions } from './volume.ts';
