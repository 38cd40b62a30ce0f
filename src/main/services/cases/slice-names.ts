import type { OpenVolume } from './volumes.ts';

/**
 * What slice k is called in the key of its noise, the same as `segmentSeries` has it: on the grid of
 * the series by its own name, on a resampled one by its number.
 */
export function sliceName({ stack, resampled }: OpenVolume, k: number): string {
  if (resampled !== null) return `${stack.id}/resampled/${k}`;
  const { sopInstanceUid, index } = stack.frames[k]!;
  return `${sopInstanceUid}/${index}/${k}`;
}
