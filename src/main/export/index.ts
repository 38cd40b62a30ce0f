export { writeFiles } from './atomic.ts';
export { IMAGE_FILE, readImage } from './image-read.ts';
export type { SliceStatistics } from './contact-sheet.ts';
export type { DicomSource, SourceImage } from './dicom-seg/index.ts';
export type { LabelDefinition } from './labels.ts';
export type { Acquisition } from './nifti-write.ts';
export { provenanceSchema, type Provenance } from './provenance.ts';
export { writeAnnotation, type AnnotationResult } from './write-annotation.ts';
export { writeSegmentation, type SegmentationResult } from './write-segmentation.ts';
