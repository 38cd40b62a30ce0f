import {
  gridOf,
  rasterOf,
  requireVolume,
  type FrameInfo,
  type ImageInfo,
  type LoadedFrames,
  type Raster,
} from '../../shared/image/index.ts';
import type { Volume, VoxelArray } from '../../shared/volume.ts';

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

/**
 * The image as a volume, for formats of volumes.
 * @throws MarginaliaError `irregular-geometry`, `colour-image`.
 */
export function volumeOf({ image }: { readonly image: LabelledImage }): Volume {
  const { raster, channels, data } = image;
  const grid = gridOf(raster);
  return requireVolume(image, { size: raster.size, channels, data, grid, resampled: null });
}
