import { Piscina } from 'piscina';
import type { Triple } from '../../../shared/volume.ts';

/** What the thread is given: a mask that is empty but for annotated slices, in ascending order. */
export interface InterpolateRequest {
  readonly mask: Uint8Array;
  readonly size: Triple;
  readonly annotated: readonly number[];
}

/** Named with each task, not to the pool: there a thread that cannot start would leave its task waiting. */
const filename = new URL('./interpolate-worker.mjs', import.meta.url).href;
/** One thread, for whoever asks; it keeps its modules for a while between two requests. */
const thread = new Piscina<InterpolateRequest, Uint8Array>({
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 60_000,
  execArgv: [],
  recordTiming: false,
});

/**
 * Fills in a label between annotated slices by their shapes alone (Albu, Beugeling and Laurendeau
 * 2008, as ITK has it). Slices beyond the first and the last annotated one stay empty. The work is
 * done in a worker thread.
 * @param mask [nx, ny, nz] (i fastest), 0 and 1; what it holds in other slices is not looked at.
 * @param annotated indices along the third axis, empty slices included.
 */
export async function interpolateSlices(
  mask: Uint8Array,
  size: Triple,
  annotated: readonly number[],
): Promise<Uint8Array> {
  const [nx, ny] = size;
  const pixels = nx * ny;
  const given = new Uint8Array(mask.length);
  for (const k of annotated) given.set(mask.subarray(k * pixels, (k + 1) * pixels), k * pixels);
  if (annotated.length < 2 || !given.includes(1)) return given;
  const request = { mask: given, size, annotated: [...annotated].sort((a, b) => a - b) };
  return thread.run(request, { filename });
}
