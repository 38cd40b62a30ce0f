import { apply, collectRuns, invert, rebase, type Patch } from '../labelmap/patch.ts';
import type { Triple } from '../volume.ts';
import type { Box, LabelVolume } from './label-volume.ts';

/**
 * A named change of a label volume, as plain data that can be applied, inverted, joined and kept:
 * a patch of the whole volume (`bySlice` cuts it into slices).
 */
export interface Edit extends Patch {
  readonly name: string;
}

/**
 * Collects what becomes of voxels, in ascending order, as the fewest runs; what changes nothing is
 * left out.
 */
export function collectChanges(): {
  readonly add: (start: number, length: number, before: number, after: number) => void;
  readonly edit: (name: string) => Edit;
} {
  const runs = collectRuns();
  let [start, length, before, after] = [0, 0, 0, 0];
  const finish = (): void => {
    if (length > 0) runs.add(start, length, before, after);
    length = 0;
  };
  return {
    add(from, count, label, becomes) {
      if (label === becomes) return;
      if (from !== start + length || label !== before || becomes !== after) {
        finish();
        [start, before, after] = [from, label, becomes];
      }
      length += count;
    },
    edit(name) {
      finish();
      return { name, ...runs.patch() };
    },
  };
}

/** Whether an edit changes no voxel. */
export function isEmpty({ starts }: Edit): boolean {
  return starts.length === 0;
}

/** How much memory an edit takes. */
export function bytesOf({ name, starts, lengths, before, after }: Edit): number {
  return (
    2 * name.length + starts.byteLength + lengths.byteLength + before.byteLength + after.byteLength
  );
}

/**
 * Changes the labels, in place.
 * @throws MarginaliaError `patch-mismatch`, and changes nothing, where they are not what the edit
 *   was made of.
 */
export function applyEdit({ data }: LabelVolume, edit: Edit): void {
  apply(data, edit);
}

/** The edit that takes an edit back. */
export function invertEdit(edit: Edit): Edit {
  return { name: edit.name, ...invert(edit) };
}

/** The same change, made of the labels as they are now (`rebase` of a patch). */
export function rebaseEdit({ data }: LabelVolume, edit: Edit): Edit {
  return { name: edit.name, ...rebase(edit, data) };
}

/**
 * One edit that does what several do one after another: a stroke of its pieces, an action of
 * several labels. Voxels that end as they began are not part of it.
 * @throws RangeError where an edit does not start from what the ones before it leave.
 */
export function joinEdits(name: string, edits: readonly Edit[]): Edit {
  if (edits.length <= 1) return { ...(edits[0] ?? collectChanges().edit(name)), name };
  // In halves, so that a long stroke takes n log n and not n².
  const half = edits.length >> 1;
  return joinTwo(name, joinEdits(name, edits.slice(0, half)), joinEdits(name, edits.slice(half)));
}

function joinTwo(name: string, a: Edit, b: Edit): Edit {
  const changes = collectChanges();
  const [x, y] = [cursor(a), cursor(b)];
  while (x.at() < Infinity || y.at() < Infinity) {
    const start = Math.min(x.at(), y.at());
    const end = Math.min(...[x, y].map((c) => (c.at() === start ? c.end() : c.at())));
    const [inA, inB] = [x.at() === start, y.at() === start];
    if (inA && inB && x.after() !== y.before()) {
      throw new RangeError(
        `"${b.name}" does not follow "${a.name}": voxel ${start} is ${x.after()}, not ${y.before()}.`,
      );
    }
    changes.add(start, end - start, (inA ? x : y).before(), (inB ? y : x).after());
    if (inA) x.moveTo(end);
    if (inB) y.moveTo(end);
  }
  return changes.edit(name);
}

/** Walks over the runs of an edit, in steps that may end inside a run. */
function cursor({ starts, lengths, before, after }: Edit): {
  readonly at: () => number;
  readonly end: () => number;
  readonly before: () => number;
  readonly after: () => number;
  readonly moveTo: (voxel: number) => void;
} {
  let run = 0;
  let at = starts[0] ?? Infinity;
  const end = (): number => starts[run]! + lengths[run]!;
  return {
    at: () => at,
    end,
    before: () => before[run]!,
    after: () => after[run]!,
    moveTo(voxel) {
      at = voxel;
      if (at >= end()) at = starts[++run] ?? Infinity;
    },
  };
}

/** The smallest box around all voxels that an edit changes, or undefined when it changes none. */
export function touchedBox({ starts, lengths }: Edit, size: Triple): Box | undefined {
  const [nx, ny] = size;
  if (starts.length === 0) return undefined;
  let [left, right, top, bottom] = [nx, 0, ny, 0];
  for (let run = 0; run < starts.length; run++) {
    const [first, last] = [starts[run]!, starts[run]! + lengths[run]! - 1];
    const [rowOfFirst, rowOfLast] = [Math.floor(first / nx), Math.floor(last / nx)];
    // A run that goes on in the next row or layer touches its whole width or height.
    const inRow = rowOfFirst === rowOfLast;
    left = Math.min(left, inRow ? first % nx : 0);
    right = Math.max(right, inRow ? last % nx : nx - 1);
    const inLayer = Math.floor(rowOfFirst / ny) === Math.floor(rowOfLast / ny);
    top = Math.min(top, inLayer ? rowOfFirst % ny : 0);
    bottom = Math.max(bottom, inLayer ? rowOfLast % ny : ny - 1);
  }
  const end = starts.length - 1;
  const front = Math.floor(starts[0]! / (nx * ny));
  const back = Math.floor((starts[end]! + lengths[end]! - 1) / (nx * ny));
  return {
    from: [left, top, front],
    size: [right - left + 1, bottom - top + 1, back - front + 1],
  };
}

/** Indices along axis 2 of the slices that an edit changes, ascending. */
export function touchedSlices({ starts, lengths }: Edit, [nx, ny]: Triple): number[] {
  const slices: number[] = [];
  for (let run = 0; run < starts.length; run++) {
    const last = Math.floor((starts[run]! + lengths[run]! - 1) / (nx * ny));
    const first = Math.floor(starts[run]! / (nx * ny));
    for (let k = Math.max(first, (slices.at(-1) ?? -1) + 1); k <= last; k++) slices.push(k);
  }
  return slices;
}
