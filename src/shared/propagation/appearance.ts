import type { SlicePlane } from '../queue/index.ts';

/** A slice whose grey values are known inside and around a structure. */
export interface SeenSlice {
  readonly position: number;
  readonly values: ArrayLike<number>;
  readonly mask: Uint8Array;
  /** mm from the outline, positive inside. */
  readonly distance: Float32Array;
}

/** What grey values say: ln of how much more common each pixel's is inside than just outside. */
export type Appearance = (values: ArrayLike<number>, except?: number) => Float32Array;

/** mm around the outline whose grey values count as outside. */
const AROUND = 6;
/** Of about equal filling over all that is seen, so that no window has to be known. */
const BINS = 24;
/** So many pixels of no difference are thought to have been seen beside those that were. */
const DOUBT = 20;

/**
 * Learns which grey values a structure has from the slices that show it, against those around it.
 * @returns a function of the values of a slice of the same plane, without what was seen at the
 *   position `except`; 0 everywhere where nothing was seen.
 */
export function createAppearance(slices: readonly SeenSlice[], plane: SlicePlane): Appearance {
  const seen = slices
    .filter(({ mask }) => mask.includes(1))
    .map(({ position, values, mask, distance }) => {
      const smooth = smoothed(values, plane);
      const near = [...mask.keys()].filter((i) => distance[i]! > -AROUND);
      return {
        position,
        values: Float32Array.from(near, (i) => smooth[i]!),
        inside: Uint8Array.from(near, (i) => mask[i]!),
      };
    });
  const sorted = Float32Array.from(seen.flatMap(({ values }) => [...values])).sort();
  const edges = Float32Array.from(
    { length: BINS - 1 },
    (_, n) => sorted[Math.floor(((n + 1) * sorted.length) / BINS)] ?? 0,
  );
  const binOf = (value: number): number => {
    let bin = 0;
    for (let step = 16; step > 0; step >>= 1) {
      if (bin + step <= edges.length && edges[bin + step - 1]! <= value) bin += step;
    }
    return bin;
  };

  const oddsWithout = (except: number | undefined): Float64Array => {
    const counts = [new Float64Array(BINS), new Float64Array(BINS)] as const;
    for (const { position, values, inside } of seen) {
      if (position === except) continue;
      for (let n = 0; n < values.length; n++) counts[inside[n]!]![binOf(values[n]!)]!++;
    }
    const [outside, within] = counts.map((bins) => bins.reduce((sum, v) => sum + v, 0));
    const all = outside! + within!;
    if (outside === 0 || within === 0) return new Float64Array(BINS);
    return Float64Array.from({ length: BINS }, (_, b) => {
      const common = (DOUBT * (counts[0][b]! + counts[1][b]! + 1)) / (all + BINS);
      const share = (n: 0 | 1, total: number): number => (counts[n][b]! + common) / (total + DOUBT);
      return Math.log(share(1, within!) / share(0, outside!));
    });
  };
  const odds = oddsWithout(undefined);
  return (values, except) => {
    const own = except === undefined ? odds : oddsWithout(except);
    return smoothed(values, plane).map((v) => own[binOf(v)]!);
  };
}

/** Against noise: binomial over 3 × 3 pixels; at the edges over those that there are. */
function smoothed(values: ArrayLike<number>, { columns, rows }: SlicePlane): Float32Array {
  const along = (from: ArrayLike<number>, step: number, at: (i: number) => number, most: number) =>
    Float32Array.from(from, (v, i) => {
      const before = at(i) > 0 ? from[i - step]! : v;
      const behind = at(i) < most - 1 ? from[i + step]! : v;
      return (before + 2 * v + behind) / 4;
    });
  const rowsDone = along(values, 1, (i) => i % columns, columns);
  return along(rowsDone, columns, (i) => Math.floor(i / columns), rows);
}
