import type { CallOutput } from '../../shared/contract/index.ts';
import { count } from './format.ts';

export type QueueEntry = CallOutput<'queue.next'>[number];
/** Names of labels by their ids. */
type Names = ReadonlyMap<string, string>;

/** What is in doubt there, the largest region first. */
const subjectOf = ({ regions }: QueueEntry, names: Names): string =>
  [...new Set(regions.map(({ label }) => names.get(label) ?? ''))].filter(Boolean).join(', ');

/** Why a slice is in the queue. */
export function reasonOf(entry: QueueEntry, names: Names): string {
  if (entry.why === 'far') return 'far from what is decided';
  if (entry.why === 'accepted-unseen') return 'accepted unseen';
  return subjectOf(entry, names) || 'no clear place';
}

/**
 * What the figures of a slice in the queue mean.
 * @param doubt mean doubt of the slice, nats, as the strip shows it; undefined where it is not suggested.
 */
export function explanationOf(
  entry: QueueEntry,
  names: Names,
  doubt: number | undefined,
): readonly [string, ...string[]] {
  const { index, regions, score } = entry;
  const where = subjectOf(entry, names);
  const why = {
    far: 'Far from what is decided',
    'accepted-unseen': 'Accepted unseen',
    doubtful: '',
  };
  return [
    `Slice ${index + 1}${doubt === undefined ? '' : `: doubt ${doubt.toFixed(2)} nats on average, as in the strip`}`,
    ...[why[entry.why]].filter(Boolean),
    `${count(regions.length, 'place')} in doubt${where ? `: ${where}` : ''}`,
    `The bar is what a look is worth: doubt along the outlines of all labels, ${score.toFixed(2)} nats · mm`,
  ];
}
