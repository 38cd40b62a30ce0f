import { fromBytes, toBytes } from '../../../shared/map-bytes.ts';
import { createJoin, type ModelMaps } from '../../../shared/propagation/index.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import { luminance } from '../../../shared/luminance.ts';
import type { DecidedSlice } from '../learn/index.ts';

/**
 * Joins what the model says of slices with the shapes and grey values in annotated ones, label by
 * label, as the window does: from maps in bytes, which is how it keeps them.
 * @param all slices of a series in their order. @param positions of them, as `positionsOf`.
 * @param frames of open slices, and of annotated ones that the model has not learned from, by index.
 * @returns the open slices with new maps; as they are where nothing is annotated.
 */
export function propagate(
  all: readonly Pick<DecidedSlice, 'slice' | 'targets' | 'spacing'>[],
  annotated: readonly number[],
  frames: ReadonlyMap<number, PredictionFrame>,
  positions: readonly number[],
): Map<number, PredictionFrame> {
  const open = [...frames].filter(([k]) => !annotated.includes(k));
  if (all[0] === undefined) return new Map(open);
  const { slice, spacing, targets } = all[0];
  const plane = { columns: slice.columns, rows: slice.rows, spacing };
  const placed = (k: number) => {
    const { channels, pixels } = all[k]!.slice;
    return { position: positions[k]!, values: channels === 3 ? luminance(pixels) : pixels };
  };
  const joins = targets.map((_, l) =>
    createJoin(
      annotated.map((k) => ({
        ...placed(k),
        mask: all[k]!.targets[l]!.mask,
        probability: frames.has(k) ? kept(frames.get(k)!.maps[l]!).probability : null,
      })),
      plane,
    ),
  );
  return new Map(
    open.map(([k, frame]) => [
      k,
      {
        ...frame,
        maps: frame.maps.map((maps, l) => joins[l]?.(placed(k), kept(maps)) ?? maps),
      },
    ]),
  );
}

const kept = ({ probability, aleatoric }: ModelMaps): ModelMaps => ({
  probability: fromBytes('probability', toBytes('probability', probability)),
  aleatoric: fromBytes('aleatoric', toBytes('aleatoric', aleatoric)),
});
