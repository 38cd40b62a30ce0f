import { labelRuns, spreadRuns, type LabelRuns } from '../../shared/labelmap/label-runs.ts';
import type { Triple } from '../../shared/volume.ts';
import type { LabelSlices } from './label-map.ts';

/**
 * What is suggested in a volume and has no label: what the views show hatched, what accepting would
 * make labels. Counted slice by slice, as slices change.
 */
export interface SuggestedVolume extends LabelSlices {
  /**
   * Looks at slices again whose suggestion or labels may have changed.
   * @returns those that were counted anew.
   */
  update(slices: Iterable<number>): readonly number[];
  /** The labels of a slice have changed: what is suggested there counts anew, though it is the same. */
  relabelled(slice: number): void;
  /** Voxels in the whole volume. */
  count(value: number): number;
}

/**
 * @param size of the volume.
 * @param labels of its voxels, i fastest; the array of its owner.
 * @param drawn values that are suggested on a slice; null where nothing is. The same object means that
 *   nothing has changed.
 */
export function createSuggestedVolume(
  size: Triple,
  labels: Uint8Array,
  drawn: (slice: number) => LabelRuns | null,
): SuggestedVolume {
  const pixels = size[0] * size[1];
  /** Of each slice, the runs that were counted, and voxels by value. */
  const counted = new Map<number, Counted>();
  const totals = new Map<number, number>();

  function add({ voxels }: Counted, sign: 1 | -1): void {
    for (const [value, n] of voxels) totals.set(value, (totals.get(value) ?? 0) + sign * n);
  }

  /** Only these are left of a slice where a label is. */
  function countSlice(slice: number, runs: LabelRuns): Counted {
    const voxels = new Map<number, number>();
    const start = slice * pixels;
    runs.values.forEach((value, run) => {
      let n = 0;
      for (let at = runs.starts[run]!; at < runs.ends[run]!; at++) {
        if (labels[start + at] === 0) n++;
      }
      if (n > 0) voxels.set(value, (voxels.get(value) ?? 0) + n);
    });
    return { runs, voxels };
  }

  function updateSlice(slice: number): boolean {
    const before = counted.get(slice);
    const runs = drawn(slice);
    if (runs === (before?.runs ?? null)) return false;
    if (before) add(before, -1);
    counted.delete(slice);
    if (!runs) return true;
    const now = countSlice(slice, runs);
    counted.set(slice, now);
    add(now, 1);
    return true;
  }

  return {
    size,
    update: (slices) => [...slices].filter(updateSlice),
    relabelled(slice) {
      const before = counted.get(slice);
      if (before) counted.set(slice, { ...before, runs: NONE });
    },
    count: (value) => totals.get(value) ?? 0,
    holds(slice, value) {
      const { voxels } = counted.get(slice) ?? {};
      return value === undefined ? (voxels?.size ?? 0) > 0 : (voxels?.has(value) ?? false);
    },
    copyOf(slice) {
      const runs = drawn(slice);
      if (!runs) return new Uint8Array(pixels);
      const copy = spreadRuns(runs);
      const start = slice * pixels;
      for (let at = 0; at < pixels; at++) if (labels[start + at] !== 0) copy[at] = 0;
      return copy;
    },
  };
}

interface Counted {
  readonly runs: LabelRuns;
  readonly voxels: ReadonlyMap<number, number>;
}

/** What no slice is ever drawn from. */
const NONE = labelRuns(new Uint8Array());
