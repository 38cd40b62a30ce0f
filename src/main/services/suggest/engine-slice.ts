import type { Slice as DisplayedSlice } from '../../../shared/geometry/index.ts';
import type { ImageInfo } from '../../../shared/image/index.ts';
import type { Window } from '../../../shared/volume.ts';
import type { Slice } from '../../engine/preprocess.ts';
import type { OpenVolume } from '../cases/index.ts';

/** Slice k of an image as it is displayed, for the model. @throws as `HeldVoxels.slice`. */
export async function engineSlice(
  volume: OpenVolume,
  k: number,
  window: Window,
  signal?: AbortSignal,
): Promise<Slice> {
  return modelSlice(volume.view(k).show(await volume.slice(k, signal)), volume.image, window);
}

/** A slice as it is displayed, for the model. */
export function modelSlice(
  { columns, rows, pixels }: DisplayedSlice,
  { channels, inverted }: Pick<ImageInfo, 'channels' | 'inverted'>,
  window: Window,
): Slice {
  return channels === 3
    ? { channels, columns, rows, pixels: pixels as Uint8Array }
    : { channels, columns, rows, pixels, window, ...(inverted && { inverted }) };
}
