import { frameWord as wordOf } from '../../shared/image/index.ts';
import type { VolumeInfo } from '../stores/volume-store.ts';

/** What a frame of an image is called; before one is open, a slice. */
export const frameWord = (info: VolumeInfo | undefined): string =>
  wordOf(info?.stack.kind ?? 'volume');

/** The same at the beginning of a line. */
export const frameTitle = (info: VolumeInfo | undefined): string => {
  const word = frameWord(info);
  return `${word[0]!.toUpperCase()}${word.slice(1)}`;
};

/** The name that a picture of a set has of its own; '' where frames have numbers alone. */
export const frameName = (info: VolumeInfo | undefined, index: number): string =>
  info?.names?.[index] ?? '';
