import type { ImageInfo } from './info.ts';

/** What is kept of an image so that it can be spoken of where its files are not at hand. */
export type ImageFacts = Pick<
  ImageInfo,
  | 'reader'
  | 'kind'
  | 'channels'
  | 'grid'
  | 'resamplable'
  | 'warnings'
  | 'distinction'
  | 'bodyPart'
  | 'protocol'
  | 'acquisition'
>;

/** What of an image is kept with its case: everything that can be said without its files. */
export const factsOf = (image: ImageInfo): ImageFacts => ({
  reader: image.reader,
  kind: image.kind,
  channels: image.channels,
  grid: image.grid,
  resamplable: image.resamplable,
  warnings: image.warnings,
  distinction: image.distinction,
  bodyPart: image.bodyPart,
  protocol: image.protocol,
  acquisition: image.acquisition,
});
