import { stateName } from '../../shared/step-names.ts';
import type { CallOutput } from '../../shared/contract/index.ts';
import { count } from './format.ts';

type ReviewState = CallOutput<'annotation.get'>['review'][number];

/** What was decided about a slice, and of how many labels there nobody has looked at it. */
export function decisionName(state: ReviewState, unseen: readonly string[]): string {
  const isMixed = unseen.length > 0 && state !== 'accepted-unseen';
  return isMixed
    ? `${stateName(state)}, ${count(unseen.length, 'label')} unseen`
    : stateName(state);
}

/** The next slice that nobody has decided on, behind one and round to it; without one, the slice behind. */
export function nextOpen(review: readonly ReviewState[], slice: number): number {
  const open = review.flatMap((state, index) =>
    index !== slice && (state === 'unseen' || state === 'started') ? [index] : [],
  );
  return open.find((index) => index > slice) ?? open[0] ?? slice + 1;
}

/** Slices by what was decided about them; those with a label that nobody has looked at are unseen. */
export interface DecisionCounts {
  readonly accepted: number;
  readonly unseen: number;
  readonly corrected: number;
  readonly rejected: number;
}

export function countDecisions(
  review: readonly ReviewState[],
  unseen: readonly (readonly string[])[],
): DecisionCounts {
  const counts = { accepted: 0, unseen: 0, corrected: 0, rejected: 0 };
  review.forEach((state, slice) => {
    if (state === 'unseen' || state === 'started') return;
    if (state === 'accepted-unseen' || (unseen[slice]?.length ?? 0) > 0) counts.unseen++;
    else counts[state]++;
  });
  return counts;
}

/** What a slice is marked as: accepted unseen where nobody has looked at some label that is decided there. */
export const markOf = <State extends ReviewState>(
  state: State,
  isUnseen: boolean,
): State | 'accepted-unseen' => (isUnseen && state !== 'unseen' ? 'accepted-unseen' : state);

const MARKS = ['accepted', 'accepted-unseen', 'corrected', 'started', 'rejected'] as const;

/** Marks that some slice bears, in the order in which a legend names them. */
export function marksOf(
  review: readonly ReviewState[],
  unseen: readonly (readonly string[])[],
): (typeof MARKS)[number][] {
  const there = new Set(
    review.map((state, slice) => markOf(state, (unseen[slice]?.length ?? 0) > 0)),
  );
  return MARKS.filter((mark) => there.has(mark));
}
