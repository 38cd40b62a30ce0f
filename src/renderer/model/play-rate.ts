/** Slices per second of a run through slices that have no times. */
const USUAL = 12;

/**
 * Frames per second at which a clip was recorded, on average.
 * @param times of its frames, ms; null where frames are not ordered in time.
 */
export function playRate(times: readonly number[] | null): number {
  if (!times || times.length < 2) return USUAL;
  const all = times.at(-1)! - times[0]!;
  return all > 0 ? ((times.length - 1) * 1000) / all : USUAL;
}
