import type { SlicePlane } from '../ranking/index.ts';

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
    .map(({ values, ...slice }) => ({ ...slice, values: smoothed(values, plane) }));
  const edges = edgesOf(seen);
  const binOf = (value: number): number => {
    let bin = 0;
    for (let step = 16; step > 0; step >>= 1) {
      if (bin + step <= edges.length && edges[bin + step - 1]! <= value) bin += step;
    }
    return bin;
  };
  /** By bin: how many pixels of each slice are outside and inside. */
  const counted = seen.map(({ position, values, mask, distance }) => {
    const counts = [new Float64Array(BINS), new Float64Array(BINS)] as const;
    for (let i = 0; i < values.length; i++) {
      if (distance[i]! > -AROUND) counts[mask[i] as 0 | 1][binOf(values[i]!)]!++;
    }
    return { position, counts };
  });

  const oddsWithout = (except: number | undefined): Float64Array => {
    const counts = [new Float64Array(BINS), new Float64Array(BINS)] as const;
    for (const slice of counted) {
      if (slice.position === except) continue;
      counts.forEach((all, n) => slice.counts[n]!.forEach((count, bin) => (all[bin]! += count)));
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
    const oddsHere = except === undefined ? odds : oddsWithout(except);
    const grey = smoothed(values, plane);
    for (let i = 0; i < grey.length; i++) grey[i] = oddsHere[binOf(grey[i]!)]!;
    return grey;
  };
}

/** Between bins: quantiles of all that is seen inside and around the structure. */
function edgesOf(seen: readonly Pick<SeenSlice, 'values' | 'distance'>[]): Float32Array {
  const near = seen.map(({ values, distance }) => {
    const kept = new Float32Array(values.length);
    let count = 0;
    for (let i = 0; i < kept.length; i++) if (distance[i]! > -AROUND) kept[count++] = values[i]!;
    return kept.subarray(0, count);
  });
  const sorted = new Float32Array(near.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of near) {
    sorted.set(values, at);
    at += values.length;
  }
  sorted.sort();
  return Float32Array.from(
    { length: BINS - 1 },
    (_, n) => sorted[Math.floor(((n + 1) * sorted.length) / BINS)] ?? 0,
  );
}

/** Against noise: binomial over 3 × 3 pixels; at the edges over those that there are. */
function smoothed(values: ArrayLike<number>, { columns, rows }: SlicePlane): Float32Array {
  const alongRows = new Float32Array(values.length);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const before = values[x > 0 ? i - 1 : i]!;
      const behind = values[x < columns - 1 ? i + 1 : i]!;
      alongRows[i] = (before + 2 * values[i]! + behind) / 4;
    }
  }
  const smooth = new Float32Array(values.length);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const above = alongRows[y > 0 ? i - columns : i]!;
      const below = alongRows[y < rows - 1 ? i + columns : i]!;
      smooth[i] = (above + 2 * alongRows[i]! + below) / 4;
    }
  }
  return smooth;
}
