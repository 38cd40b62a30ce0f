import {
  rasterOf,
  type FrameInfo,
  type ImageInfo,
  type LoadedFrames,
  type Raster,
} from '../../shared/image/index.ts';
import type { VoxelArray } from '../../shared/volume.ts';

/** The image that labels are of. */
export interface LabelledImage extends Pick<
  ImageInfo,
  'kind' | 'channels' | 'inverted' | 'warnings' | 'resamplable'
> {
  readonly raster: Raster;
  /** As `LoadedFrames` has it. */
  readonly data: VoxelArray;
  /** One a slice where slices are those of the image; null where it was resampled. */
  readonly frames: readonly FrameInfo[] | null;
}

/** An image as it was read. */
export function labelledImage(
  image: ImageInfo,
  { data, grid, resampled }: Pick<LoadedFrames, 'data' | 'grid' | 'resampled'>,
): LabelledImage {
  const { kind, channels, inverted, warnings, resamplable, frames } = image;
  return {
    kind,
    channels,
    inverted,
    warnings,
    resamplable,
    raster: rasterOf(frames, grid),
    data,
    frames: resampled === null ? frames : null,
  };
}

/** Why labels of an image are no volume, in words; null where they are. */
export function whyNoVolume({ kind, raster, channels, warnings }: LabelledImage): string | null {
  if (channels === 3) return 'The image is in colour';
  if (raster.isGrid) return null;
  if (kind === 'picture') return 'It is a single picture';
  if (kind !== 'stack') return `It is a ${kind}, no volume`;
  const reasons = warnings.filter(({ severity }) => severity !== 'info').map(({ text }) => text);
  const because = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  return `The slices lie on no regular grid${because}`;
}
