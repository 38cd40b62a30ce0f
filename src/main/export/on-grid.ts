import { MarginaliaError } from '../../shared/errors.ts';
import { gridOf, type Resampling } from '../../shared/image/index.ts';
import type { Grid, VoxelArray } from '../../shared/volume.ts';
import { whyNoVolume, type LabelledImage } from './labelled-image.ts';

/** An image on a grid, and how maps of its frames come onto it; for formats of volumes. */
export interface OnGrid {
  readonly grid: Grid;
  /** What is done to bring frames onto it, in words; null where they lie on it. */
  readonly resampled: string | null;
  /** The frame that lies nearest to a slice of the grid. */
  readonly frameAt: (slice: number) => number;
  readonly image: () => Promise<VoxelArray>;
  /** Labels, which are never mixed. */
  readonly labels: <T extends Uint8Array | Uint16Array>(map: T) => Promise<T>;
  /** Real numbers, 0 beyond the frames. */
  readonly map: (map: Float32Array) => Promise<Float32Array>;
}

/** An image, and how it comes onto a grid where it lies on none; null where it cannot. */
export interface ResamplableImage {
  readonly image: LabelledImage;
  readonly resampling: (() => Resampling) | null;
}

/**
 * The grid of an image, or the one that its frames are resampled onto: image and labels together, so that
 * both fit.
 * @throws MarginaliaError `irregular-geometry`, `colour-image`; `too-large` as `ImageReader.resampling`.
 */
export function onGrid({ image, resampling }: ResamplableImage): OnGrid {
  const { raster, data } = image;
  const why = whyNoVolume(image);
  const grid = gridOf(raster);
  if (grid && why === null) {
    return {
      grid,
      resampled: null,
      frameAt: (slice) => slice,
      image: () => Promise.resolve(data),
      labels: (map) => Promise.resolve(map),
      map: (map) => Promise.resolve(map),
    };
  }
  if (image.channels === 1 && image.resamplable && resampling) {
    const { grid: target, text, nearest, linear, labels } = resampling();
    return {
      grid: target,
      resampled: `${text}; labels from the nearest slice`,
      frameAt: (slice) => nearest[slice]!,
      image: () => linear(data, lowestOf(data)),
      labels: (map) => labels(map),
      map: (map) => linear(map, 0),
    };
  }
  throw new MarginaliaError(
    image.channels === 3 ? 'colour-image' : 'irregular-geometry',
    `There is no volume to write. ${why}.`,
    'Write masks as PNG, or of a DICOM series a DICOM segmentation.',
  );
}

function lowestOf(data: VoxelArray): number {
  let lowest = Infinity;
  for (const value of data) if (value < lowest) lowest = value;
  return lowest;
}
