import type { LabelVolume } from '../../shared/edit/index.ts';
import { decodeRuns, encodeRuns } from '../../shared/labelmap/rle.ts';
import type { Triple } from '../../shared/volume.ts';

/** Labels slice by slice along the third axis, as far as surfaces need them. */
export interface LabelSlices {
  readonly size: Triple;
  /** Whether a slice holds a label, or any. */
  holds(slice: number, value?: number): boolean;
  /** A copy of a slice, [rows, columns]. */
  copyOf(slice: number): Uint8Array<ArrayBuffer>;
}

/** The labels of an opened stack, and how many voxels of each there are in every slice. */
export interface LabelMap extends LabelVolume, LabelSlices {
  /** Replaces a slice along the third axis. @throws MarginaliaError `damaged-runs`. */
  setRuns(slice: number, runs: Uint8Array): void;
  runsOf(slice: number): Uint8Array;
  /** To be called for slices of `data` that were changed by other means. */
  recount(slices: Iterable<number>): void;
  /** Voxels of a label in the whole volume. */
  count(value: number): number;
}

export function createLabelMap(
  size: Triple,
  spacing: Triple,
  frameSizes: LabelVolume['frameSizes'] = null,
): LabelMap {
  const pixels = size[0] * size[1];
  const data = new Uint8Array(pixels * size[2]);
  /** Voxels by slice and value: `counts[256 · slice + value]`. */
  const counts = new Uint32Array(256 * size[2]);
  const totals = new Float64Array(256);
  for (let slice = 0; slice < size[2]; slice++) counts[256 * slice] = pixels;
  totals[0] = pixels * size[2];

  const pixelsOf = (slice: number): Uint8Array =>
    data.subarray(slice * pixels, (slice + 1) * pixels);

  const recount = (slice: number): void => {
    const sliceCounts = counts.subarray(256 * slice, 256 * (slice + 1));
    sliceCounts.forEach((count, value) => (totals[value]! -= count));
    sliceCounts.fill(0);
    const labels = pixelsOf(slice);
    for (let at = 0; at < labels.length; at++) sliceCounts[labels[at]!]!++;
    sliceCounts.forEach((count, value) => (totals[value]! += count));
  };

  return {
    size,
    spacing,
    frameSizes,
    data,
    setRuns(slice, runs) {
      data.set(decodeRuns(runs, pixels), slice * pixels);
      recount(slice);
    },
    copyOf: (slice) => data.slice(slice * pixels, (slice + 1) * pixels),
    runsOf: (slice) => encodeRuns(pixelsOf(slice)),
    recount(slices) {
      for (const slice of slices) recount(slice);
    },
    count: (value) => totals[value]!,
    holds: (slice, value) =>
      value === undefined ? counts[256 * slice]! < pixels : (counts[256 * slice + value] ?? 0) > 0,
  };
}
