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
  const { channels, inverted } = volume.image;
  const { columns, rows, pixels } = volume.view(k).show(await volume.slice(k, signal));
  return channels === 3
    ? { channels, columns, rows, pixels: pixels as Uint8Array }
    : { channels, columns, rows, pixels, window, ...(inverted && { inverted }) };
}
