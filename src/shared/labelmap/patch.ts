import { MarginaliaError } from '../errors.ts';
import { byteReader, byteWriter } from './varint.ts';

/**
 * A change of labels: runs of pixels that had one label and get another. It holds both, so that it
 * can be turned round, and so that it fits only where it belongs.
 */
export interface Patch {
  /** First pixel of each run: ascending; runs do not overlap and are not empty. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Label of all pixels of a run before, and the other one that they have after. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A patch of each slice that a patch of a volume touches. */
export interface SlicePatch {
  readonly slice: number;
  readonly patch: Patch;
}

/** What makes `after` of `before`, in the fewest runs. */
export function diff(before: Uint8Array, after: Uint8Array): Patch {
  if (before.length !== after.length) {
    throw new RangeError(`Labels of ${before.length} and ${after.length} pixels have no patch.`);
  }
  const runs = collectRuns();
  for (let from = 0, to = 0; from < after.length; from = to) {
    const old = before[from]!;
    const value = after[from]!;
    while (to < after.length && before[to] === old && after[to] === value) to++;
    if (old !== value) runs.add(from, to - from, old, value);
  }
  return runs.patch();
}

/**
 * Changes labels, in place.
 * @throws MarginaliaError `patch-mismatch`, and changes nothing, where the labels are not what the
 *   patch was made of.
 */
export function apply(labels: Uint8Array, { starts, lengths, before, after }: Patch): void {
  starts.forEach((start, run) => {
    const end = start + lengths[run]!;
    if (end > labels.length) throw mismatch(`it reaches behind the last pixel, ${labels.length}`);
    for (let pixel = start; pixel < end; pixel++) {
      if (labels[pixel] !== before[run]) {
        throw mismatch(`pixel ${pixel} has label ${labels[pixel]} instead of ${before[run]}`);
      }
    }
  });
  starts.forEach((start, run) => labels.fill(after[run]!, start, start + lengths[run]!));
}

/** The patch that takes this one back. */
export function invert({ starts, lengths, before, after }: Patch): Patch {
  return { starts, lengths, before: after, after: before };
}

/**
 * The same change, made of labels that may have changed since: each pixel of the patch gets its new
 * label, whatever it has now; all other pixels stay. What has its new label already is left out.
 */
export function rebase({ starts, lengths, after }: Patch, labels: Uint8Array): Patch {
  const runs = collectRuns();
  starts.forEach((start, run) => {
    const end = start + lengths[run]!;
    const value = after[run]!;
    for (let from = start, to = start; from < end; from = to) {
      const old = labels[from]!;
      do to++;
      while (to < end && labels[to] === old);
      if (old !== value) runs.add(from, to - from, old, value);
    }
  });
  return runs.patch();
}

/**
 * Cuts a patch of a volume, stored slice after slice, at the borders of slices.
 * @param sliceLength pixels of a slice.
 */
export function bySlice(patch: Patch, sliceLength: number): SlicePatch[] {
  const slices = new Map<number, ReturnType<typeof collectRuns>>();
  patch.starts.forEach((start, run) => {
    const end = start + patch.lengths[run]!;
    for (let from = start; from < end;) {
      const slice = Math.floor(from / sliceLength);
      const to = Math.min(end, (slice + 1) * sliceLength);
      const runs = slices.get(slice) ?? collectRuns();
      runs.add(from - slice * sliceLength, to - from, patch.before[run]!, patch.after[run]!);
      slices.set(slice, runs);
      from = to;
    }
  });
  return [...slices].map(([slice, runs]) => ({ slice, patch: runs.patch() }));
}

/**
 * Of each run: pixels since the end of the run before (varint), length (varint), both labels.
 * @throws MarginaliaError `damaged-patch` where it is no patch; so patches of strangers are checked.
 */
export function encodePatch({ starts, lengths, before, after }: Patch): Uint8Array {
  const out = byteWriter();
  let end = 0;
  if ([lengths, before, after].some(({ length }) => length !== starts.length)) {
    throw damaged('its runs are not complete');
  }
  starts.forEach((start, run) => {
    if (start < end) throw damaged('its runs overlap');
    if (lengths[run] === 0 || before[run] === after[run]) throw damaged('a run changes nothing');
    out.varint(start - end);
    out.varint(lengths[run]!);
    out.byte(before[run]!);
    out.byte(after[run]!);
    end = start + lengths[run]!;
  });
  return out.bytes();
}

/**
 * The patch that `encodePatch` was given.
 * @param length pixels of the slice or volume that it is to be applied to.
 * @throws MarginaliaError `damaged-patch` where it cannot be a patch of so many pixels.
 */
export function decodePatch(bytes: Uint8Array, length: number): Patch {
  const runs = collectRuns();
  const input = byteReader(bytes);
  let end = 0;
  while (!input.atEnd()) {
    const gap = input.varint();
    const run = input.varint();
    const before = input.byte();
    const after = input.byte();
    if (gap === undefined || run === undefined || before === undefined || after === undefined) {
      throw damaged('a run is cut off or malformed');
    }
    if (run === 0 || before === after) throw damaged('a run changes nothing');
    if (gap + run > length - end) throw damaged(`it reaches behind the last pixel, ${length}`);
    runs.add(end + gap, run, before, after);
    end += gap + run;
  }
  return runs.patch();
}

/** Collects the runs of a patch, in ascending order. */
export function collectRuns(): {
  readonly add: (start: number, length: number, before: number, after: number) => void;
  readonly patch: () => Patch;
} {
  const starts: number[] = [];
  const lengths: number[] = [];
  const before: number[] = [];
  const after: number[] = [];
  return {
    add(start, length, from, to) {
      starts.push(start);
      lengths.push(length);
      before.push(from);
      after.push(to);
    },
    patch: () => ({
      starts: Uint32Array.from(starts),
      lengths: Uint32Array.from(lengths),
      before: Uint8Array.from(before),
      after: Uint8Array.from(after),
    }),
  };
}

const mismatch = (why: string): MarginaliaError =>
  new MarginaliaError('patch-mismatch', `A change does not fit the labels: ${why}.`);

const damaged = (why: string): MarginaliaError =>
  new MarginaliaError('damaged-patch', `A stored change cannot be read: ${why}.`);
