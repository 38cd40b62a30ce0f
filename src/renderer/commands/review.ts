import { accept, isAwaited, setReviewState } from '../decisions.ts';
import { nextOpen } from '../model/decided.ts';
import { useAnnotation } from '../stores/annotation-store.ts';
import { useLearning } from '../stores/learning-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useQueue } from '../stores/queue-store.ts';
import { useSuggestions } from '../stores/suggestions-store.ts';
import { useView } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { suggest } from './suggest.ts';
import type { Command } from './types.ts';

const isOpen = (): boolean => useVolume().current !== null;

async function decided(work: Promise<void>): Promise<void> {
  await useNotices().guard(work);
  void useQueue().refresh();
}

/** To the next slice of the queue; where it has no other, to the next one behind that is not decided. */
async function acceptAndGoOn(): Promise<void> {
  const view = useView();
  const { slice } = view;
  const isRefused = isAwaited(slice);
  const work = decided(accept(slice));
  if (!isRefused) {
    useQueue().nextSlice();
    if (view.slice === slice)
      view.goTo(nextOpen(useAnnotation().review, slice), useVolume().slices);
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
    run: () => decided(accept(useView().slice)),
  },
  {
    id: 'review.acceptLabel',
    title: 'Accept the chosen label alone',
    group: 'Review',
    key: 'Alt+A',
    enabled: () => isOpen() && useAnnotation().active !== null,
    run: () => decided(accept(useView().slice, useAnnotation().activeId)),
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
    id: 'review.acceptMany',
    title: 'Accept many slices…',
    group: 'Review',
    key: 'Mod+Shift+A',
    enabled: isOpen,
    run: () => (useView().dialog = 'bulk'),
  },
  {
    id: 'review.reject',
    title: 'Reject the suggestion',
    group: 'Review',
    key: 'R',
    enabled: isOpen,
    run: () => decided(setReviewState(useView().slice, 'rejected')),
  },
  {
    id: 'review.reset',
    title: 'Not decided after all',
    group: 'Review',
    key: 'Shift+R',
    enabled: isOpen,
    run: () => decided(setReviewState(useView().slice, 'unseen')),
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
  {
    id: 'learn.models',
    title: 'Models…',
    group: 'Learn',
    key: '',
    run: () => (useView().dialog = 'models'),
  },
];
