import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Triple } from '../../../shared/volume.ts';

/** What the thread is given: a mask that is empty but for annotated slices, in ascending order. */
export interface InterpolateRequest {
  readonly known: Uint8Array;
  readonly size: Triple;
  readonly annotated: readonly number[];
}

/**
 * Fills in a label between annotated slices by their shapes alone (Albu, Beugeling and Laurendeau
 * 2008, as ITK has it). Slices beyond the first and the last annotated one stay empty. The work is
 * done in a thread of its own.
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
  const known = new Uint8Array(mask.length);
  for (const k of annotated) known.set(mask.subarray(k * pixels, (k + 1) * pixels), k * pixels);
  if (annotated.length < 2 || !known.includes(1)) return known;
  const workerData: InterpolateRequest = {
    known,
    size,
    annotated: [...annotated].sort((a, b) => a - b),
  };
  const worker = new Worker(new URL('./interpolate-worker.mjs', import.meta.url), {
    workerData,
    execArgv: [],
  });
  try {
    // Rejects with what the thread threw.
    const [filled] = (await once(worker, 'message')) as [Uint8Array];
    return filled;
  } finally {
    await worker.terminate();
  }
}
