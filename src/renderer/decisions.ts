import { MarginaliaError } from '../shared/errors.ts';
import { acceptSlice, isAsSuggested } from './model/decide.ts';
import {
  drawnPixels,
  isRevealed,
  isShown,
  isStillFetched,
  suggestedOn,
  suggestionsOn,
} from './shown-suggestions.ts';
import { useAnnotation, type ReviewState } from './stores/annotation-store.ts';
import { useBlink } from './stores/blink-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';

/** How the user decides about slices; every change of a review state begins here. */

/** Whether nothing is in a slice yet because its suggestion is on its way: it is not meant as empty. */
export const isAwaited = (slice: number): boolean =>
  isRevealed(slice) &&
  (isStillFetched(slice) ||
    (useSuggestions().isComing(slice) &&
      useAnnotation().map?.holds(slice) === false &&
      suggestedOn(slice).length === 0));

/**
 * What is on the screen is right. Suggestions that are drawn become part of the labels; what a person
 * has drawn stays. The decision is about the labels whose suggestions are drawn and those that are
 * painted and shown there; where no suggestion is drawn, about all that are shown.
 * @param only id of a label: the decision is about this one alone.
 * @throws MarginaliaError `suggestion-coming`
 */
export async function accept(index: number, only?: string): Promise<void> {
  useBlink().end();
  const annotation = useAnnotation();
  // What was just undone is undecided only once the host has said so.
  const moved = annotation.moved();
  if (moved) await moved;
  const { map, labels, locked, review, covered, apply, decide, withoutStroke } = annotation;
  const state = review[index] ?? 'unseen';
  if (!map) return;
  if (isAwaited(index)) throw suggestionComing();
  const shown = labels.filter((label) => (only ? label.id === only : isShown(label)));
  const taken = suggestedOn(index).filter(({ id }) => !only || id === only);
  const painted = shown.filter(({ value }) => map.holds(index, value));
  const decidedNow = taken.length > 0 ? [...taken, ...painted] : shown;
  const before = state === 'rejected' ? [] : (covered[index] ?? []);
  const about = [...new Set([...before, ...decidedNow.map(({ id }) => id)])];
  const unlooked = state === 'rejected' ? [] : (annotation.unseen[index] ?? []);
  // Of a label that is shown, also that it is nowhere has now been looked at.
  const unseen = unlooked.filter((id) => !shown.some((label) => label.id === id));
  const wasWorkedOn = state === 'started' || state === 'corrected' || state === 'rejected';
  if (taken.length === 0) {
    const isNew = about.length > before.length || unseen.length < unlooked.length;
    if (state !== 'started' && !isNew) return;
    const wasAccepted = state === 'accepted' || state === 'accepted-unseen';
    const next = wasAccepted ? 'accepted' : 'corrected';
    return decide([{ index, state: next, labels: about, unseen }]);
  }
  const drawn = drawnPixels(index) ?? new Uint8Array(map.size[0] * map.size[1]);
  const values = new Set(taken.map(({ value }) => value));
  const name = only
    ? `Accept “${taken[0]!.name}” on slice ${index + 1}`
    : `Accept slice ${index + 1}`;
  await withoutStroke(() => {
    const edit = acceptSlice(map, index, { drawn, values }, name);
    const asSuggested = isAsSuggested(map, index, suggestionsOn(index), values, locked);
    const next = asSuggested && !wasWorkedOn ? 'accepted' : 'corrected';
    return apply(edit, 'model', [{ index, state: next, labels: about, unseen }]);
  });
}

const suggestionComing = (): MarginaliaError =>
  new MarginaliaError(
    'suggestion-coming',
    'This slice is being suggested: there is nothing to accept yet.',
    'Wait for it, or stop suggesting and accept the slice as empty.',
  );

/** Sets a slice's review state, the labels left as they are. */
export async function setReviewState(index: number, state: ReviewState): Promise<void> {
  useBlink().end();
  const moved = useAnnotation().moved();
  if (moved) await moved;
  if (useAnnotation().review[index] !== state) await useAnnotation().decide([{ index, state }]);
}
