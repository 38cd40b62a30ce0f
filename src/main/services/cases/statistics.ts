import type { VoxelArray } from '../../../shared/volume.ts';
import { inChunks } from '../async/yield.ts';

export interface Statistics {
  /** Of all finite values; [0, 0] where there is none. */
  readonly range: readonly [number, number];
  /** What lies above 0.5 % and below 0.5 % of the values, from a sample of them. */
  readonly usual: readonly [number, number];
}

/** Values sorted for percentiles: some milliseconds. */
const SAMPLE = 2 ** 16;

/**
 * What a display needs to know of a volume, without holding up the loop.
 * @param computed the range of the values, where decoding gave it already.
 */
export async function statisticsOf(
  data: VoxelArray,
  computed?: Statistics['range'],
): Promise<Statistics> {
  const range = computed ?? (await rangeOf(data));
  const step = Math.max(1, Math.floor(data.length / SAMPLE));
  const sample = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = data[i * step]!;
  const sorted = sample.filter(Number.isFinite).sort();
  const at = (fraction: number): number =>
    sorted[Math.round(fraction * (sorted.length - 1))] ?? range[0];
  return { range, usual: [at(0.005), at(0.995)] };
}

async function rangeOf(data: VoxelArray): Promise<Statistics['range']> {
  let [low, high] = [Infinity, -Infinity];
  await inChunks(data.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const value = data[i]!;
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  });
  return low > high ? [0, 0] : [low, high];
}
