import type { Included } from '../../../shared/export-contents.ts';
import { decodeRuns } from '../../../shared/labelmap/rle.ts';
import { openSuggestion, withSuggestion, type Suggested } from '../../../shared/suggested.ts';
import { isDecided } from '../../export/index.ts';
import type { Label } from '../../workspace/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { StoredSuggestions } from '../suggest/index.ts';
import type { Moment } from './moment.ts';

/** A slice as it is written. */
export interface WrittenSlice {
  readonly index: number;
  /** Null where nothing is painted. */
  readonly painted: Uint8Array | null;
  /** What is painted with what is suggested; null where there is neither. */
  readonly labels: Uint8Array | null;
  /** Whether it was accepted or corrected. */
  readonly isDecided: boolean;
  /** Values of the labels that it was accepted or corrected for. */
  readonly covered: readonly number[];
  /** Values of the labels that were accepted there without a look. */
  readonly unseen: readonly number[];
  /** Whether it is painted, and not written. */
  readonly isLeftOut: boolean;
  /** Values of the labels that are as suggested. */
  readonly suggested: readonly number[];
}

/**
 * Labels that may be suggested on a slice: shown, and not decided there. Where suggestions were rejected
 * there are none.
 */
function openOn({ labels, decisions }: Moment, index: number): Label[] {
  const { state, labels: covered } = decisions[index]!;
  if (state === 'rejected') return [];
  return labels.filter(({ id, visible }) => visible && !covered.includes(id));
}

/** Labels that a tool has taken on a slice that is not decided: what was taken away there stays empty. */
function takenOn({ labels, decisions }: Moment, index: number): Label[] {
  const { state, labels: covered } = decisions[index]!;
  return labels.filter(({ id, visible }) => state === 'started' && visible && covered.includes(id));
}

/** Labels that an export with suggestions writes as suggested on a slice, where there is a suggestion. */
export const suggestedOn = (
  moment: Moment,
  index: number,
  suggestions: Pick<StoredSuggestions, 'has'>,
): Label[] =>
  openOn(moment, index).filter(({ id, locked }) => !locked && suggestions.has(id, index));

/** Labels that are suggested where nobody decided on them, and not written, as they are hidden or locked. */
export const withheldLabels = (
  { labels, decisions }: Moment,
  suggestions: Pick<StoredSuggestions, 'has'>,
): Label[] =>
  labels.filter(
    ({ id, visible, locked }) =>
      (!visible || locked) &&
      decisions.some(
        ({ state, labels: covered }, index) =>
          state !== 'rejected' && !covered.includes(id) && suggestions.has(id, index),
      ),
  );

/**
 * The slices of a stack as they are written, one after the other; between two other work has its turn.
 * Suggestions become labels as accepting all that is shown would have it (`shared/suggested`).
 * @throws MarginaliaError as `StoredSuggestions.get`.
 */
export async function* writtenSlices(
  moment: Moment,
  pixels: number,
  include: Included,
  suggestions: StoredSuggestions,
): AsyncGenerator<WrittenSlice> {
  const locked = new Set(moment.labels.filter((label) => label.locked).map(({ value }) => value));
  const valueOf = new Map(moment.labels.map(({ id, value }) => [id, value]));
  const valuesOf = (ids: readonly string[]): number[] => ids.flatMap((id) => valueOf.get(id) ?? []);
  for (const [index, { state, labels: about, unseen }] of moment.decisions.entries()) {
    const runs = moment.painted.get(index);
    const painted = runs === undefined ? null : decodeRuns(runs, pixels);
    const isLeftOut = include === 'decided' && !isDecided(state) && painted !== null;
    const suggested = include === 'suggested' ? suggestedOn(moment, index, suggestions) : [];
    let labels = isLeftOut ? null : painted;
    if (suggested.length > 0) {
      const drawn: Suggested[] = [];
      // A label that is locked, or was taken by a tool, keeps others away where it is suggested.
      const [open, taken] = [openOn(moment, index), takenOn(moment, index)];
      for (const label of moment.labels.filter(({ id }) => suggestions.has(id, index))) {
        if (!open.includes(label) && !taken.includes(label)) continue;
        const map = await suggestions.get(label, index);
        if (map) drawn.push({ value: open.includes(label) ? label.value : 0, map });
      }
      const accepted = openSuggestion(drawn, locked, pixels);
      labels = painted ? withSuggestion(painted, accepted) : accepted;
    }
    yield {
      index,
      painted,
      labels,
      isDecided: isDecided(state),
      covered: isDecided(state) ? valuesOf(about) : [],
      unseen: isDecided(state) ? valuesOf(unseen) : [],
      isLeftOut,
      suggested: suggested.map(({ value }) => value),
    };
    await yieldToEventLoop();
  }
}

/**
 * Of every slice, whether it was accepted or corrected when every label existed. A label that was
 * created later is not part of the decision; the slice still counts where it shows that label.
 */
export const isComplete = (
  { labels, decisions }: Moment,
  { index, isDecided, painted }: WrittenSlice,
): boolean =>
  isDecided &&
  labels.every(
    ({ id, value }) => decisions[index]!.labels.includes(id) || painted?.includes(value),
  );
