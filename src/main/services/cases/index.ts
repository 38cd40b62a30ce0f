export { type Cases, createCases } from './cases.ts';
export { chooseImage, siblingsOf } from './choose-image.ts';
export { dicomSource } from './dicom-source.ts';
export { type Drops, openDrops } from './drops.ts';
export { labelledStacks } from './labelled-stacks.ts';
export { DEMO_PHANTOM, writePhantomCases, writePhantomSeries } from './phantom.ts';
export {
  caseSliceName,
  decidedCaseName,
  decidedIndex,
  decidedName,
  planeSliceName,
  sliceName,
} from './slice-names.ts';
export { resamplingOf } from './resampling.ts';
export { type SliceView, sliceView, sliceViews } from './slice-view.ts';
export { type Sources, createSources } from './sources.ts';
export { statisticsOf } from './statistics.ts';
export { drawThumbnail } from './thumbnails.ts';
export { type OpenVolume, type Volumes, createVolumes } from './volumes.ts';
export { windowsOf } from './window-presets.ts';
export { missingFiles } from './where-files-are.ts';
