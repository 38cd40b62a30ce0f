/**
 * Indices 0 … n − 1 from the middle outwards: n >> 1, then alternately the next below and above. In
 * this order the slices of a volume are decoded and handed over, so that those that are there are
 * always neighbours.
 */
export function outwards(n: number): number[] {
  const middle = n >> 1;
  return Array.from({ length: n }, (_, step) =>
    step % 2 === 0 ? middle + step / 2 : middle - (step + 1) / 2,
  );
}

/** First and last of the first `count` (at least 1) indices of `outwards(n)`, both included. */
export function reachOutwards(n: number, count: number): [number, number] {
  const middle = n >> 1;
  return [middle - (count >> 1), middle + ((count - 1) >> 1)];
}
