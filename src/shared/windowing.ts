import type { VoxelArray, Window } from './volume.ts';

/**
 * The values at which a window becomes black, and how far above them it becomes white (DICOM PS3.3
 * C.11.2.1.2.1, LINEAR). LINEAR is defined for widths of at least 1; narrower ones can only mean
 * LINEAR_EXACT (C.11.2.1.3.2). The range is 0 for a width of 1: a step.
 */
export function windowRange({ centre, width }: Window): { low: number; range: number } {
  const [middle, range] = width >= 1 ? [centre - 0.5, width - 1] : [centre, width];
  return { low: middle - range / 2, range };
}

/** How bright a value is within a range of `windowRange`: 0 black … 1 white. */
export function brightness(
  value: number,
  { low, range }: { readonly low: number; readonly range: number },
): number {
  const above = value - low;
  const t = range > 0 ? above / range : Number(above > 0);
  return Math.min(Math.max(t, 0), 1);
}

/** The window that maps exactly [low, high] to black … white, at least a step of 1. */
export function windowBetween(low: number, high: number): Window {
  return { centre: (low + high + 1) / 2, width: Math.max(1, high - low + 1) };
}

/**
 * Percentiles of values, those that are not a number left out: 0 where there are none.
 * @param most values to look at, every n-th where there are more.
 */
export function percentiles(data: VoxelArray, at: readonly number[], most = 1_000_000): number[] {
  const step = Math.max(1, Math.floor(data.length / most));
  const values = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < values.length; i++) values[i] = data[i * step]!;
  const sorted = values.filter(Number.isFinite).sort();
  return at.map((p) => sorted[Math.round((p / 100) * (sorted.length - 1))] ?? 0);
}

/** In which colours of 8 bit are said to be shown: as they are, 0 … 255. */
export const COLOUR_WINDOW: Window = { centre: 127.5, width: 255 };
