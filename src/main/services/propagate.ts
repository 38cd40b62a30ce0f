import { createNeighbours, fitTrust, withNeighbours } from '../../shared/propagation/index.ts';
import type { PredictionFrame } from '../engine/predict/types.ts';
import type { DecidedSlice } from './decided.ts';

/**
 * Joins what the model says of slices with the shapes and grey values in annotated ones. How far
 * each is trusted is fitted, label by label, on annotated slices as if they were not annotated.
 * @param all slices of a series in their order. @param between mm from one to the next.
 * @param frames of open slices, and of annotated ones that the model has not learned from, by index.
 * @returns the open slices with new maps; as they are where nothing is annotated.
 */
export function propagate(
  all: readonly Pick<DecidedSlice, 'slice' | 'targets' | 'spacing'>[],
  annotated: readonly number[],
  frames: ReadonlyMap<number, PredictionFrame>,
  between: number,
): Map<number, PredictionFrame> {
  const open = [...frames].filter(([k]) => !annotated.includes(k));
  if (annotated.length === 0) return new Map(open);
  const { slice, spacing, targets } = all[0]!;
  const plane = { columns: slice.columns, rows: slice.rows, spacing };
  const placed = (k: number) => ({ position: k * between, values: all[k]!.slice.pixels });
  const joined = targets.map((_, l) => {
    const maskOf = (k: number): Uint8Array => all[k]!.targets[l]!.mask;
    const evidenceOf = createNeighbours(
      annotated.map((k) => ({ ...placed(k), mask: maskOf(k) })),
      plane,
    );
    const trust = fitTrust(
      annotated.map((k) => ({
        probability: frames.get(k)?.maps[l]!.probability ?? null,
        evidence: evidenceOf(placed(k), true),
        truth: maskOf(k),
      })),
    );
    return (k: number, maps: PredictionFrame['maps'][number]) =>
      withNeighbours(maps, evidenceOf(placed(k))!, trust);
  });
  return new Map(
    open.map(([k, frame]) => [
      k,
      { ...frame, maps: frame.maps.map((maps, l) => joined[l]!(k, maps)) },
    ]),
  );
}
