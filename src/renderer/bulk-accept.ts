import { joinEdits, type Edit, type LabelVolume } from '../shared/edit/index.ts';
import { openSuggestion, type SuggestedMap } from '../shared/suggested.ts';
import { acceptedUnseen, type Candidate } from './model/bulk.ts';
import { acceptSlice } from './model/decide.ts';
import { suggestibleOn, suggestionsOn, takenOn } from './shown-suggestions.ts';
import { useAnnotation, type Expected } from './stores/annotation-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';

/** A slice as it is once what is drawn of chosen labels was accepted, and as it is before. */
export interface ComposedSlice {
  readonly candidate: Candidate;
  readonly edit: Edit;
  readonly expected: Expected[number];
  /** Of what it was composed. */
  readonly maps: readonly SuggestedMap[];
}

/**
 * What accepting makes of a slice: the same as one at a time (`decisions`), of what is drawn there now.
 * Maps that are not on the page yet are fetched first.
 */
export async function composeSlice(candidate: Candidate): Promise<ComposedSlice | null> {
  const { index } = candidate;
  const taken = takenOn(index).filter(({ id }) => useSuggestions().has(id, index));
  for (const { id } of [...suggestibleOn(index), ...taken])
    await useSuggestions().fetchOutline(id, index);
  const { map, labels, locked } = useAnnotation();
  if (!map) return null;
  const values = new Set(
    labels.filter(({ id }) => candidate.labels.includes(id)).map(({ value }) => value),
  );
  const suggested = suggestionsOn(index);
  const drawn = openSuggestion(suggested, locked, map.size[0] * map.size[1]);
  return {
    candidate,
    edit: acceptSlice(map, index, { drawn, values }, ''),
    expected: { index, runs: map.runsOf(index), ...decisionOn(index) },
    maps: suggested.map((one) => one.map),
  };
}

function decisionOn(index: number): Omit<Expected[number], 'index' | 'runs'> {
  const { review, covered, unseen } = useAnnotation();
  return {
    state: review[index] ?? 'unseen',
    labels: [...(covered[index] ?? [])],
    unseen: [...(unseen[index] ?? [])],
  };
}

/** Whether a slice is still decided on and suggested as it was when it was composed; of its voxels `onChanged` tells. */
export function isCurrent({ expected, maps }: ComposedSlice): boolean {
  const { state, labels, unseen } = decisionOn(expected.index);
  const now = suggestionsOn(expected.index);
  return (
    state === expected.state &&
    labels.join() === expected.labels.join() &&
    unseen.join() === expected.unseen.join() &&
    now.length === maps.length &&
    now.every(({ map }, n) => map === maps[n])
  );
}

/**
 * Labels of a slice once it was accepted, [rows, columns] as the slice is stored; those of other labels
 * than `values` are left out.
 */
export function labelsAfter(
  { candidate: { index }, edit }: ComposedSlice,
  { data, size }: LabelVolume,
  values: ReadonlySet<number>,
): Uint8Array {
  const pixels = size[0] * size[1];
  const first = index * pixels;
  const labels = data.slice(first, first + pixels);
  edit.starts.forEach((start, run) =>
    labels.fill(edit.after[run]!, start - first, start - first + edit.lengths[run]!),
  );
  return labels.map((value) => (values.has(value) ? value : 0));
}

/** Voxels that each label gains, by value. */
export function gainOf(slices: readonly ComposedSlice[]): ReadonlyMap<number, number> {
  const gain = new Map<number, number>();
  for (const { edit } of slices) {
    edit.after.forEach((value, run) =>
      gain.set(value, (gain.get(value) ?? 0) + edit.lengths[run]!),
    );
  }
  return gain;
}

/**
 * Accepts slices together without a look at each, as one step. The host does all of it, or nothing
 * where a slice is another by then.
 * @returns once it is durable.
 */
export function acceptTogether(slices: readonly ComposedSlice[], name: string): Promise<void> {
  const { apply, withoutStroke } = useAnnotation();
  const edit = joinEdits(
    name,
    slices.map((slice) => slice.edit),
  );
  const review = slices.map(({ candidate: { index, labels }, expected }) =>
    acceptedUnseen(index, expected, expected.unseen, labels),
  );
  const expects = slices.map(({ expected }) => expected);
  return withoutStroke(() => apply(edit, 'model', review, expects));
}
