/**
 * Pearson's correlation coefficient, −1 … 1; null where one of the two does not vary, or there are no values.
 * @throws RangeError where they differ in number.
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  if (a.length !== b.length) throw new RangeError(`${a.length} values for ${b.length} others.`);
  if (!varies(a) || !varies(b)) return null;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [a[i]! - meanA, b[i]! - meanB];
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Spearman's rank correlation: `pearson` of the ranks, equal values sharing the mean of theirs. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number | null =>
  pearson(ranksOf(a), ranksOf(b));

/** Asked of the values themselves: around a rounded mean equal values seem to differ. */
function varies(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return true;
  return false;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = [...Array(values.length).keys()].sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let n = first; n < end; n++) ranks[order[n]!] = (first + end - 1) / 2;
    first = end;
  }
  return ranks;
}
