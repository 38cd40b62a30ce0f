import { rankSlices } from '../../../shared/ranking/index.ts';
import { uniform } from '../../../shared/random-draws.ts';
import { keyedState } from '../../../shared/random.ts';

/** In which order an annotator takes the slices of a series. */
export type Strategy = 'uncertainty' | 'random' | 'uniform';

export interface OpenSlices {
  /** Of the slices that are not annotated yet, ascending. */
  readonly open: readonly number[];
  readonly annotated: readonly number[];
  /** How much each open slice deserves a look by its doubt (shared/queue), at least 0. */
  readonly scores: ReadonlyMap<number, number>;
}

/** The next `count` slices to annotate, the first one first. */
export function nextSlices(
  strategy: Strategy,
  slices: OpenSlices,
  count: number,
  seed: number,
): number[] {
  switch (strategy) {
    case 'uncertainty':
      return mostUncertain(slices, count);
    case 'random':
      return shuffled(slices, seed).slice(0, count);
    case 'uniform':
      return farthest(slices, count);
  }
}

/**
 * So many slices are spread evenly before any is chosen by its doubt: on a series with no annotation
 * yet, a model that has not seen its kind is uncertain about the wrong slices (docs/learning.md).
 */
const SPREAD_FIRST = 4;

/** How many of the next slices come first because they are far from what is annotated. */
export const spreadAhead = (annotated: number): number => Math.max(0, SPREAD_FIRST - annotated);

function mostUncertain(slices: OpenSlices, count: number): number[] {
  const spread = farthest(slices, Math.min(count, spreadAhead(slices.annotated.length)));
  const rest = {
    ...slices,
    open: slices.open.filter((k) => !spread.includes(k)),
    annotated: [...slices.annotated, ...spread],
  };
  return [...spread, ...mostDoubtful(rest, count - spread.length)];
}

function mostDoubtful({ open, annotated, scores }: OpenSlices, count: number): number[] {
  const order = rankSlices(
    open.map((k) => ({ position: k, score: scores.get(k)! })),
    { annotated: annotated.map((position) => ({ position })), count },
  );
  return order.map((n) => open[n]!);
}

/** Every slice has its place in one order of all slices, whatever is annotated already. */
function shuffled({ open }: OpenSlices, seed: number): number[] {
  const place = new Map(open.map((k) => [k, uniform(keyedState('annotator', seed, k))]));
  return [...open].sort((a, b) => place.get(a)! - place.get(b)! || a - b);
}

/**
 * One after another the slice farthest from all annotated ones, and half as far from the ends: what
 * lies at the ends shows little. The middle comes first.
 */
function farthest({ open, annotated }: OpenSlices, count: number): number[] {
  const chosen: number[] = [];
  const all = [...open, ...annotated];
  const [first, last] = [Math.min(...all), Math.max(...all)];
  while (chosen.length < Math.min(count, open.length)) {
    const taken = [...annotated, ...chosen];
    const clearance = (k: number): number =>
      Math.min(2 * (Math.min(k - first, last - k) + 0.5), ...taken.map((n) => Math.abs(k - n)));
    const rest = open.filter((k) => !chosen.includes(k));
    chosen.push(rest.reduce((best, k) => (clearance(k) > clearance(best) ? k : best)));
  }
  return chosen;
}
