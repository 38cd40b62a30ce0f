import { MarginaliaError } from '../../shared/errors.ts';
import { acceptSlice } from '../model/decide.ts';
import { isRevealed } from '../revealed.ts';
import { useAnnotation, type Label, type ReviewState } from '../stores/annotation-store.ts';
import { useLearning } from '../stores/learning-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useQueue } from '../stores/queue-store.ts';
import { useSuggestions } from '../stores/suggestions-store.ts';
import { useView } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { suggest } from './suggest.ts';
import type { Command } from './types.ts';

const isOpen = (): boolean => useVolume().current !== null;

/** Labels of which a suggestion is shown in a slice: what is not shown is not accepted. */
function shownIn(index: number): readonly Label[] {
  const suggestions = useSuggestions();
  if (!isRevealed(index)) return [];
  return useAnnotation().labels.filter(
    ({ id, visible }) => visible && (suggestions.has(id, index) || suggestions.mapsOf(id, index)),
  );
}

/** Whether nothing is in a slice yet because its suggestion is on its way: it is not meant as empty. */
const isAwaited = (index: number): boolean =>
  isRevealed(index) &&
  useSuggestions().isComing(index) &&
  useAnnotation().map?.holds(index) === false &&
  shownIn(index).length === 0;

/**
 * The slice is right as it is now. What is suggested and not decided yet becomes part of the labels
 * first; what a person has drawn stays.
 */
async function accept(): Promise<void> {
  const { map, locked, review, apply, decide, beneath } = useAnnotation();
  const suggestions = useSuggestions();
  const index = useView().slice;
  const state = review[index];
  if (!map || state === 'accepted' || state === 'corrected') return;
  if (isAwaited(index)) throw stillComing();
  const own = shownIn(index);
  if (state === 'rejected' || own.length === 0) {
    return decide([{ index, state: 'corrected' }]);
  }
  // What is seen counts, even where newer is on its way.
  const maps = await Promise.all(
    own.map(({ id }) => suggestions.mapsOf(id, index) ?? suggestions.fetch(id, index)),
  );
  const suggested = own.flatMap(({ value }, n) =>
    maps[n] ? [{ value, probability: maps[n].probability }] : [],
  );
  const name = `Accept slice ${index + 1}`;
  await beneath(() => {
    const { edit, asSuggested } = acceptSlice(map, index, suggested, locked, name);
    return apply(edit, 'model', [{ index, state: asSuggested ? 'accepted' : 'corrected' }]);
  });
}

const stillComing = (): MarginaliaError =>
  new MarginaliaError(
    'suggestion-coming',
    'This slice is being suggested: there is nothing to accept yet.',
    'Wait for it, or stop suggesting and accept the slice as empty.',
  );

async function review(state: ReviewState): Promise<void> {
  const index = useView().slice;
  if (useAnnotation().review[index] !== state) await useAnnotation().decide([{ index, state }]);
}

async function decided(work: Promise<void>): Promise<void> {
  await useNotices().guard(work);
  void useQueue().refresh();
}

/** To the next slice of the queue; where it has no other, to the slice behind. */
async function acceptAndGoOn(): Promise<void> {
  const view = useView();
  const { slice } = view;
  const isRefused = isAwaited(slice);
  const work = decided(accept());
  if (!isRefused) {
    useQueue().nextSlice();
    if (view.slice === slice) view.goTo(slice + 1, useVolume().slices);
  }
  await work;
}

export const reviewCommands: readonly Command[] = [
  {
    id: 'review.accept',
    title: 'Accept this slice',
    group: 'Review',
    key: 'A',
    enabled: isOpen,
    run: () => decided(accept()),
  },
  {
    id: 'review.acceptNext',
    title: 'Accept and go on',
    group: 'Review',
    key: 'Shift+A',
    enabled: isOpen,
    run: acceptAndGoOn,
  },
  {
    id: 'review.reject',
    title: 'Reject the suggestion',
    group: 'Review',
    key: 'R',
    enabled: isOpen,
    run: () => decided(review('rejected')),
  },
  {
    id: 'review.reset',
    title: 'Not decided after all',
    group: 'Review',
    key: 'Shift+R',
    enabled: isOpen,
    run: () => decided(review('unseen')),
  },
  {
    id: 'queue.next',
    title: 'Next slice to correct',
    group: 'Review',
    key: 'N',
    enabled: () => useQueue().entries.length > 0,
    run: () => useQueue().nextSlice(),
  },
  {
    id: 'queue.region',
    title: 'Next place in doubt',
    group: 'Review',
    key: 'Shift+N',
    enabled: () => useQueue().entries.length > 0,
    run: () => useQueue().nextRegion(),
  },
  {
    id: 'queue.previous',
    title: 'Previous slice in the queue',
    group: 'Review',
    key: 'Alt+N',
    enabled: () => useQueue().entries.length > 0,
    run: () => useQueue().nextSlice(-1),
  },
];

/** What was suggested before is suggested again by what was learned, the most doubtful slice first. */
async function learn(): Promise<void> {
  const learning = useLearning();
  const slices = [...useSuggestions().summaries.values()].map(({ index }) => index);
  const focus = useQueue().entries[0]?.index ?? useView().slice;
  await learning.run(useAnnotation().stack);
  if (learning.learned?.kept && slices.length > 0) {
    await suggest([Math.min(...slices), Math.max(...slices)], focus);
  }
}

export const learnCommands: readonly Command[] = [
  {
    id: 'learn.run',
    title: 'Learn from corrections',
    group: 'Learn',
    key: 'Shift+L',
    needsHost: true,
    enabled: () => isOpen() && useLearning().possible && !useLearning().running,
    run: learn,
  },
  {
    id: 'learn.cancel',
    title: 'Stop learning',
    group: 'Learn',
    key: '',
    enabled: () => useLearning().running,
    run: () => useLearning().cancel(),
  },
  {
    id: 'learn.versions',
    title: 'Versions of the model…',
    group: 'Learn',
    key: '',
    run: () => (useView().dialog = 'versions'),
  },
];
