/** Where a slice lies. */
export interface SlicePosition {
  /** Along the normal of its stack: mm, or slices; all of a ranking in one unit. */
  readonly position: number;
  /**
   * Slices of one volume in one plane: distances are measured among these only.
   * Default: all slices are of one stack.
   */
  readonly stack?: string;
}

export interface ScoredSlice extends SlicePosition {
  /** At least 0; see `combineScores`. */
  readonly score: number;
}

export interface RankOptions {
  /** Slices that are decided already, which need no neighbour so soon. */
  readonly annotated?: readonly SlicePosition[];
  /**
   * Distance below which a slice says little that its neighbour has not said, in the unit of
   * positions; 0 orders by score alone. Default: a tenth of the longest stack, from end to end.
   */
  readonly range?: number;
  /** How many to choose; default: all. */
  readonly count?: number;
}

/**
 * Which slices to correct next: indices into `slices`, the most worthwhile first. One after another
 * is chosen by its score times a weight that grows with its distance from the nearest slice chosen
 * before it or annotated: distance / range, at most 1. Among equals the larger weight comes first,
 * then the lower index.
 *
 * The first k are the same for every `count` ≥ k, and once they are annotated the others follow in
 * the same order. Comparisons, one division and one product only, so every machine gives the
 * same order. Time: count × slices.
 * @throws RangeError for scores below 0, and for what is not a finite number.
 */
export function rankSlices(slices: readonly ScoredSlice[], options: RankOptions = {}): number[] {
  const { annotated = [], count = slices.length } = options;
  slices.forEach(({ score, position }, i) => {
    if (!(score >= 0 && score < Infinity) || !Number.isFinite(position)) {
      throw new RangeError(`Slice ${i} cannot be ranked: score ${score} at ${position}.`);
    }
  });
  const range = options.range ?? longestStack([...slices, ...annotated]) / 10;
  if (!(range >= 0)) throw new RangeError(`A range of ${range} between slices makes no sense.`);

  const weights = new Float64Array(slices.length).fill(1);
  const open = slices.map((_, i) => i);
  const weighDown = ({ position, stack }: SlicePosition): void => {
    if (range === 0) return;
    for (const i of open) {
      const other = slices[i]!;
      if (other.stack !== stack) continue;
      const weight = Math.abs(other.position - position) / range;
      if (weight < weights[i]!) weights[i] = weight;
    }
  };
  annotated.forEach(weighDown);
  const order: number[] = [];
  while (order.length < count && open.length > 0) {
    // `open` stays in ascending order: of equals the lowest index is met first.
    let best = 0;
    for (let n = 1; n < open.length; n++) {
      const [a, b] = [open[n]!, open[best]!];
      const gain = slices[a]!.score * weights[a]! - slices[b]!.score * weights[b]!;
      if (gain > 0 || (gain === 0 && weights[a]! > weights[b]!)) best = n;
    }
    const chosen = open[best]!;
    open.splice(best, 1);
    order.push(chosen);
    weighDown(slices[chosen]!);
  }
  return order;
}

/** From end to end of the longest stack. */
function longestStack(slices: readonly SlicePosition[]): number {
  const ends = new Map<string | undefined, [number, number]>();
  for (const { stack, position } of slices) {
    const end = ends.get(stack);
    if (end === undefined) ends.set(stack, [position, position]);
    else ends.set(stack, [Math.min(end[0], position), Math.max(end[1], position)]);
  }
  return [...ends.values()].reduce((longest, [low, high]) => Math.max(longest, high - low), 0);
}
