import type { ImageInfo } from '../../../shared/image/index.ts';

/** What a decided slice of a stack is called in lineages, whatever it was resampled from. */
export const decidedName = (stack: string, index: number): string => `${stack}/${index}`;

/** The slice that `decidedName` names. */
export const decidedIndex = (name: string): number => Number(name.slice(name.lastIndexOf('/') + 1));

/**
 * What slice k is called in the key of its noise: on the grid of the image by its frame, on a
 * resampled one by its number.
 */
export const sliceName = (
  { image, resampled }: { readonly image: ImageInfo; readonly resampled: string | null },
  k: number,
): string => (resampled === null ? image.frames[k]!.key : `${image.id}/resampled/${k}`);
