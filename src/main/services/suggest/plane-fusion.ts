import { entropy, MAX_ENTROPY, type UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { PlaneSlice } from './predict-plane.ts';

/** Keeps a voxel that every plane is wholly undecided about from having no weight at all. */
const LEAST_CERTAINTY = 1e-3;

/**
 * What several planes say of one label, on the grid of the volume: the probability of a voxel is the
 * mean of the planes', weighted by their certainty ln 2 − H[p̄] there. Total doubt is the entropy of
 * that; aleatoric doubt is the planes' with the same weights. Since entropy is concave, it is no
 * larger than the total: the rest, epistemic, holds the disagreement of the planes as well.
 */
export interface PlaneFusion {
  /** Each voxel gets one value from each plane; planes come one after the other. */
  readonly add: (maps: Pick<UncertaintyMaps, 'probability' | 'aleatoric'>, at: PlaneSlice) => void;
  /** @param from first voxel, @param to behind the last. */
  readonly probability: (from: number, to: number) => Float32Array;
  readonly maps: (from: number, to: number) => UncertaintyMaps;
}

/** @param voxels of the volume; 12 bytes each. */
export function createFusion(voxels: number): PlaneFusion {
  const [sums, weights, doubts] = [
    new Float32Array(voxels),
    new Float32Array(voxels),
    new Float32Array(voxels),
  ];
  const mean = (of: Float32Array, from: number, to: number): Float32Array =>
    of.subarray(from, to).map((sum, i) => sum / weights[from + i]!);
  return {
    add({ probability, aleatoric }, { columns, start, steps }) {
      for (let n = 0; n < probability.length; n++) {
        const column = n % columns;
        const i = start + column * steps[0] + ((n - column) / columns) * steps[1];
        const weight = MAX_ENTROPY - entropy(probability[n]!) + LEAST_CERTAINTY;
        sums[i]! += weight * probability[n]!;
        weights[i]! += weight;
        doubts[i]! += weight * aleatoric[n]!;
      }
    },
    probability: (from, to) => mean(sums, from, to),
    maps(from, to) {
      const probability = mean(sums, from, to);
      const total = probability.map(entropy);
      const aleatoric = mean(doubts, from, to).map((h, i) => Math.min(h, total[i]!));
      return { probability, total, aleatoric, epistemic: total.map((h, i) => h - aleatoric[i]!) };
    },
  };
}
