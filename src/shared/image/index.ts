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
