import type { VoxelArray } from '../../../shared/volume.ts';
import { percentiles } from '../../../shared/windowing.ts';
import { inChunks } from '../async/yield.ts';

/** Percentiles that windows are made of. */
const PERCENTS = [0.5, 5, 50, 75, 95, 99.5] as const;

export interface Statistics {
  /** Of all finite values; [0, 0] where there is none. */
  readonly range: readonly [number, number];
  /** Values that so many per cent of a sample of them lie below. */
  readonly percentiles: Readonly<Record<(typeof PERCENTS)[number], number>>;
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
  const values = percentiles(data, PERCENTS, SAMPLE);
  const entries = PERCENTS.map((percent, n) => [percent, values[n]!] as const);
  return { range, percentiles: Object.fromEntries(entries) as Statistics['percentiles'] };
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
