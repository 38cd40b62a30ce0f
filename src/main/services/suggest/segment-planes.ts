import type { Predict } from '../engine/index.ts';
import { entropy, MAX_ENTROPY, resolveOverlaps } from '../../../shared/uncertainty.ts';
import { spacingOf, type Volume } from '../../../shared/volume.ts';
import type { ModelJson, PlaneName } from '../../engine/bundle/model-json.ts';
import { acquiredPlane, displayMap, type AnatomicalPlane } from '../../../shared/geometry/index.ts';
import { segmentVolume, type SegmentOptions, type VolumeSegmentation } from './segment-volume.ts';
import { guessModality } from './windowing.ts';

/** Slices of voxels longer than this many times their width show another anatomy than thin ones. */
const MOST_ANISOTROPY = 2.5;

/**
 * The planes that a bundle wants a volume looked at in: the acquired one alone where voxels are too
 * long for slices across.
 * @param modality DICOM (0008,0060); undefined where unknown.
 */
export function choosePlanes(
  rules: ModelJson['preprocessing']['planes'],
  volume: Volume,
  modality: string | undefined,
): readonly PlaneName[] {
  const spacing = spacingOf(volume.grid);
  const isLong = Math.max(...spacing) > MOST_ANISOTROPY * Math.min(...spacing);
  const isFlat = volume.grid.size.some((n) => n < 2);
  const chosen = rules?.[modality ?? guessModality(volume) ?? 'default'] ?? rules?.['default'];
  return chosen === undefined || isLong || isFlat ? ['acquired'] : chosen;
}

/** Keeps a voxel that every plane is wholly undecided about from having no weight at all. */
const LEAST_CERTAINTY = 1e-3;

/**
 * Segments a volume in several planes and fuses what they say: the probability of a voxel is the
 * mean of the planes', weighted by their certainty ln 2 − H[p̄] there; its doubt is the entropy of
 * that. One plane is taken as it is. Slices are those along k; where the acquired plane was not
 * asked for, `samplesUsed` is that of the first plane.
 */
export async function segmentPlanes(
  predict: Predict,
  { planes, ...options }: Omit<SegmentOptions, 'plane'> & { readonly planes: readonly PlaneName[] },
): Promise<VolumeSegmentation> {
  const { volume, sliceKey, onProgress } = options;
  const own = acquiredPlane(volume.grid);
  const chosen = [
    ...new Set(planes.map((name): AnatomicalPlane => (name === 'acquired' ? own : name))),
  ];
  const counts = chosen.map((plane) => volume.grid.size[displayMap(volume.grid, plane).order[2]]!);
  const inPlane = (plane: AnatomicalPlane, n: number): Promise<VolumeSegmentation> =>
    segmentVolume(predict, {
      ...options,
      plane,
      // Slices of the series are known by their own names, those across it by their plane too.
      sliceKey: (k) => (plane === own ? sliceKey(k) : `${sliceKey(0)}/${plane}/${k}`),
      ...(onProgress && {
        onProgress: (done) => onProgress(sum(counts.slice(0, n)) + done, sum(counts)),
      }),
    });
  if (chosen.length === 1 && chosen[0] === own) return inPlane(own, 0);

  const voxels = volume.data.length;
  const sums = options.labels.map(() => new Float32Array(voxels));
  const weights = options.labels.map(() => new Float32Array(voxels));
  let samplesUsed: number[] = [];
  for (const [n, plane] of chosen.entries()) {
    const { probability, slices } = await inPlane(plane, n);
    if (plane === own || n === 0) samplesUsed = slices.map((slice) => slice.samplesUsed);
    probability.forEach((p, l) => {
      for (let i = 0; i < voxels; i++) {
        const weight = MAX_ENTROPY - entropy(p[i]!) + LEAST_CERTAINTY;
        sums[l]![i]! += weight * p[i]!;
        weights[l]![i]! += weight;
      }
    });
  }
  const probability = sums.map((weighted, l) => weighted.map((s, i) => s / weights[l]![i]!));
  return {
    probability,
    labelMap: resolveOverlaps(probability),
    ...doubtOf(probability, volume, samplesUsed),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

function doubtOf(
  probability: readonly Float32Array[],
  { grid }: Volume,
  samplesUsed: readonly number[],
): Pick<VolumeSegmentation, 'uncertainty' | 'slices'> {
  const [nx, ny, nz] = grid.size;
  const uncertainty = new Float32Array(nx * ny * nz);
  for (const p of probability) {
    for (let i = 0; i < p.length; i++) uncertainty[i] = Math.max(uncertainty[i]!, entropy(p[i]!));
  }
  const slices = Array.from({ length: nz }, (_, index) => {
    const slice = uncertainty.subarray(index * nx * ny, (index + 1) * nx * ny);
    return {
      index,
      meanUncertainty: slice.reduce((total, h) => total + h, 0) / slice.length,
      samplesUsed: samplesUsed[Math.min(index, samplesUsed.length - 1)]!,
    };
  });
  return { uncertainty, slices };
}
