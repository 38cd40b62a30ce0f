export * from './affine.ts';
export * from './orientation.ts';
export * from './slice.ts';
export * from './display.ts';
export * from './nifti-qform.ts';
