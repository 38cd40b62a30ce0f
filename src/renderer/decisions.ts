import { MarginaliaError } from '../shared/errors.ts';
import { acceptSlice } from './model/decide.ts';
import { isRevealed, suggestedOn } from './shown-suggestions.ts';
import { useAnnotation, type ReviewState } from './stores/annotation-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';

/** How the user decides about slices; every change of a review state begins here. */

/** Whether nothing is in a slice yet because its suggestion is on its way: it is not meant as empty. */
export const isAwaited = (slice: number): boolean =>
  isRevealed(slice) &&
  useSuggestions().isComing(slice) &&
  useAnnotation().map?.holds(slice) === false &&
  suggestedOn(slice).length === 0;

/**
 * The slice is right as it is now. What is suggested and undecided becomes part of the labels first;
 * what a person has drawn stays.
 * @throws MarginaliaError `suggestion-coming`
 */
export async function accept(index: number): Promise<void> {
  const { map, locked, review, apply, decide, withoutStroke } = useAnnotation();
  const suggestions = useSuggestions();
  const state = review[index];
  if (!map || state === 'accepted' || state === 'corrected') return;
  if (isAwaited(index)) throw suggestionComing();
  const labels = suggestedOn(index);
  if (state === 'rejected' || labels.length === 0) {
    return decide([{ index, state: 'corrected' }]);
  }
  // What is seen counts, even where newer maps are on their way.
  const maps = await Promise.all(
    labels.map(({ id }) => suggestions.mapsOf(id, index) ?? suggestions.fetch(id, index)),
  );
  const suggested = labels.flatMap(({ value }, n) =>
    maps[n] ? [{ value, probability: maps[n].probability }] : [],
  );
  const name = `Accept slice ${index + 1}`;
  await withoutStroke(() => {
    const { edit, asSuggested } = acceptSlice(map, index, suggested, locked, name);
    return apply(edit, 'model', [{ index, state: asSuggested ? 'accepted' : 'corrected' }]);
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
  if (useAnnotation().review[index] !== state) await useAnnotation().decide([{ index, state }]);
}
