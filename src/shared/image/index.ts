export { amountOf, amountUnit, type AmountUnit } from './amount.ts';
export { factsOf, type ImageFacts } from './facts.ts';
export { frameWord } from './frame-word.ts';
export { requireGrid, requireVolume } from './grid.ts';
export type {
  Channels,
  FrameInfo,
  FrameSpacing,
  ImageInfo,
  ImageKind,
  ImageWarning,
  NamedWindow,
  Plane,
  Severity,
} from './info.ts';
export type {
  ImageOrigin,
  LossyCompression,
  SourceImage,
  SourceInstance,
  SourceSeries,
} from './origin.ts';
export { distanceAlongNormal, normalOf } from './plane.ts';
export { arraySize, frameSize, gridOf, rasterOf, rasterOfGrid, type Raster } from './raster.ts';
export type { Resampling } from './resampling.ts';
export { acquiredId, isResampledId, resampledId } from './resampled-id.ts';
export { frameOf, placeFrame } from './reader.ts';
export type {
  FrameValues,
  ImageReader,
  LoadedFrames,
  ReaderScan,
  ScanOptions,
  ReadOptions,
} from './reader.ts';
export type { ByteRange, FileOutcome, Source } from './source.ts';
