export { factsOf, type ImageFacts } from './facts.ts';
export { requireGrid } from './grid.ts';
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
export type { ImageOrigin, SourceImage, SourceInstance, SourceSeries } from './origin.ts';
export type {
  FrameValues,
  ImageReader,
  LoadedVolume,
  ReaderScan,
  ScanOptions,
  VolumeOptions,
} from './reader.ts';
export type { ByteRange, FileOutcome, Source } from './source.ts';
