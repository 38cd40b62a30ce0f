import type { CallOutput } from '../../shared/contract/index.ts';

type Summary = CallOutput<'suggestions.list'>[number];

/** Highest mean doubt of the labels in each slice that has a suggestion, nats, by slice. */
export function doubtBySlice(summaries: readonly Summary[]): ReadonlyMap<number, number> {
  const doubt = new Map<number, number>();
  for (const { index, doubt: mean } of summaries) {
    doubt.set(index, Math.max(doubt.get(index) ?? 0, mean));
  }
  return doubt;
}
