import type { OpenVolume } from './volumes.ts';

/** What a decided slice of a stack is called in lineages, whatever it was resampled from. */
export const decidedName = (stack: string, index: number): string => `${stack}/${index}`;

/** The slice that `decidedName` names. */
export const decidedIndex = (name: string): number => Number(name.slice(name.lastIndexOf('/') + 1));

/**
 * What slice k is called in the key of its noise, the same as `segmentSeries` has it: on the grid of
 * the series by its own name, on a resampled one by its number.
 */
export function sliceName({ stack, resampled }: OpenVolume, k: number): string {
  if (resampled !== null) return `${stack.id}/resampled/${k}`;
  const { sopInstanceUid, index } = stack.frames[k]!;
  return `${sopInstanceUid}/${index}/${k}`;
}
