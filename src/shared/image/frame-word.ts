import type { ImageKind } from './info.ts';

const WORDS: Readonly<Record<ImageKind, string>> = {
  volume: 'slice',
  stack: 'slice',
  clip: 'frame',
  picture: 'picture',
  set: 'picture',
};

/** What one frame of an image is called, by who labels it. */
export const frameWord = (kind: ImageKind): string => WORDS[kind];
