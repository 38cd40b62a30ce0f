import type { ImageInfo, Resampling } from '../../../shared/image/index.ts';
import { readerOf } from '../../images/index.ts';

/** How the frames of an image come onto a grid, asked when that is needed; null where they cannot. */
export function resamplingOf(image: ImageInfo): (() => Resampling) | null {
  const reader = readerOf(image);
  return image.resamplable && reader.resampling ? () => reader.resampling!(image) : null;
}
