import { createShapePrior, fitTrust, withShape } from '../../shared/propagation/index.ts';
import type { PredictionFrame } from '../engine/predict/types.ts';
import type { DecidedSlice } from './decided.ts';

/**
 * Joins what the model says of slices with the shapes in annotated ones: starting masks where the
 * model is unsure. How far each is trusted is fitted, label by label, on annotated slices among the
 * frames: the model must not have learned from those.
 * @param all slices of a series in their order. @param between mm from one to the next.
 * @param frames of open slices and of annotated ones that the model has not seen, by index.
 * @returns the same slices with new maps; as they are where nothing is annotated.
 */
export function propagate(
  all: readonly Pick<DecidedSlice, 'slice' | 'targets' | 'spacing'>[],
  annotated: readonly number[],
  frames: ReadonlyMap<number, PredictionFrame>,
  between: number,
): Map<number, PredictionFrame> {
  if (annotated.length === 0) return new Map(frames);
  const { slice, spacing, targets } = all[0]!;
  const plane = { columns: slice.columns, rows: slice.rows, spacing };
  const joined = targets.map((_, l) => {
    const maskOf = (k: number): Uint8Array => all[k]!.targets[l]!.mask;
    const prior = createShapePrior(
      annotated.map((k) => ({ position: k * between, mask: maskOf(k) })),
      plane,
    );
    const trust = fitTrust(
      annotated.flatMap((k) => {
        const frame = frames.get(k);
        const others = prior(k * between, k * between);
        if (frame === undefined || others === null) return [];
        return [{ probability: frame.maps[l]!.probability, prior: others, truth: maskOf(k) }];
      }),
    );
    return (k: number, maps: PredictionFrame['maps'][number]) =>
      withShape(maps, prior(k * between)!, trust);
  });
  return new Map(
    [...frames].map(([k, frame]) => [
      k,
      { ...frame, maps: frame.maps.map((maps, l) => joined[l]!(k, maps)) },
    ]),
  );
}
