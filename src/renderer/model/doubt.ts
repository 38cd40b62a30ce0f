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

/** Of each pixel the largest value of several maps of one slice, which are at least one. */
export function largestOf(maps: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = maps;
  const largest = Uint8Array.from(first!);
  for (const map of others) {
    for (let at = 0; at < largest.length; at++) if (map[at]! > largest[at]!) largest[at] = map[at]!;
  }
  return largest;
}
