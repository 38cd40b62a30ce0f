import { dice, sliceNsd } from '../../shared/metrics/index.ts';
import type { DecidedSlice } from './decided.ts';
import { TOLERANCE_MM } from './evaluate.ts';
import type { Predict } from './segment-volume.ts';

/** Means over all slices and prompts. */
export interface Score {
  readonly dice: number;
  /** Of the outlines in the slice, at 2 mm. */
  readonly nsd: number;
}

/** How good the loaded model's masks of decided slices are, seen as the user sees them. */
export async function judge(
  predict: Predict,
  slices: readonly DecidedSlice[],
  options: { readonly samples: number; readonly seed: number; readonly signal?: AbortSignal },
): Promise<Score> {
  const scores: Score[] = [];
  for (const { name, slice, targets, spacing } of slices) {
    const { maps } = await predict(
      {
        slice,
        prompts: targets.map(({ prompt }) => prompt),
        samples: options.samples,
        seed: options.seed,
        sliceKey: name,
        tolerance: 0,
        priority: 0,
        preview: false,
      },
      options.signal,
    );
    targets.forEach(({ mask: truth }, l) => {
      const mask = Uint8Array.from(maps[l]!.probability, (p) => (p > 0.5 ? 1 : 0));
      scores.push({
        dice: dice(mask, truth),
        nsd: sliceNsd(mask, truth, [slice.columns, slice.rows], spacing, TOLERANCE_MM),
      });
    });
  }
  const mean = (key: keyof Score): number =>
    scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { dice: mean('dice'), nsd: mean('nsd') };
}
