import { distanceAlongNormal, type FrameInfo } from '../../../shared/image/index.ts';
import type { OpenVolume } from '../cases/index.ts';

type PositionedImage = Pick<OpenVolume, 'image' | 'raster'>;

/**
 * Where slices lie behind one another, so that what is decided on one tells of its neighbours: along
 * the normal in mm on a grid and in a stack of parallel planes; along time in a clip, one frame as far as
 * one pixel. Null where neighbours have nothing to do with each other, or nothing says how far they are.
 */
export function positionsOf(volume: PositionedImage): readonly number[] | null {
  const kept = computed.get(volume);
  if (kept !== undefined) return kept;
  const positions = compute(volume);
  computed.set(volume, positions);
  return positions;
}

/** They are asked for with each slice that is joined. */
const computed = new WeakMap<PositionedImage, readonly number[] | null>();

function compute({ image, raster }: PositionedImage): readonly number[] | null {
  const { frames, kind } = image;
  const slices = [...Array(raster.size[2]).keys()];
  if (raster.isGrid) return slices.map((k) => k * raster.spacing[2]);
  if (raster.frameSizes !== null) return null;
  if (kind === 'clip') return slices.map((k) => k * raster.spacing[0]);
  if (!frames.every(isPlaced)) return null;
  return frames.map(({ plane }) => distanceAlongNormal(plane));
}

type Placed = FrameInfo & { readonly plane: NonNullable<FrameInfo['plane']> };
const isPlaced = (frame: FrameInfo): frame is Placed => frame.plane !== null;
