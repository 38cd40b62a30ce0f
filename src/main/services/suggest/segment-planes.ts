import type { Predict } from '../engine/index.ts';
import { entropy, resolveOverlaps } from '../../../shared/uncertainty.ts';
import { rasterOfGrid } from '../../../shared/image/index.ts';
import type { Volume } from '../../../shared/volume.ts';
import type { PlaneName } from '../../engine/bundle/model-json.ts';
import { anatomicalPlane } from '../../../shared/geometry/index.ts';
import { createFusion } from './plane-fusion.ts';
import { planeSliceName } from '../cases/index.ts';
import { planeOrder, slicesIn } from './planes.ts';
import { predictPlane } from './predict-plane.ts';
import { segmentFrames, type SegmentOptions, type VolumeSegmentation } from './segment-frames.ts';

/**
 * Segments a volume in several planes and fuses what they say (`createFusion`); doubt is the entropy
 * of that. One plane is taken as it is. Slices are those along k; where the acquired plane was not
 * asked for, `samplesUsed` is that of the first plane.
 */
export async function segmentPlanes(
  predict: Predict,
  { planes, ...options }: SegmentOptions & { readonly planes: readonly PlaneName[] },
): Promise<VolumeSegmentation> {
  const { volume, labels, sliceKey, onProgress } = options;
  const { grid, data } = volume;
  const acquired = anatomicalPlane(grid.affineLps, 2);
  const chosen = planeOrder(grid, planes);
  if (chosen.length === 1 && chosen[0] === acquired) {
    const image = { raster: rasterOfGrid(grid), channels: 1, inverted: false, data } as const;
    return segmentFrames(predict, { ...options, image });
  }

  const counts = chosen.map((plane) => slicesIn(grid, plane));
  const all = counts.reduce((sum, count) => sum + count, 0);
  const fusions = labels.map(() => createFusion(data.length));
  const prompts = labels.map(({ prompt }) => prompt);
  const samplesUsed: number[] = [];
  let done = 0;
  for (const [n, plane] of chosen.entries()) {
    await predictPlane(predict, {
      ...options,
      plane,
      slices: [...Array(counts[n]).keys()],
      prompts: () => prompts,
      sliceKey: (k) => planeSliceName(plane, acquired, sliceKey, k),
      onSlice: (k, frame, at) => {
        if (n === 0) samplesUsed[k] = frame.samplesUsed;
        frame.maps.forEach((maps, l) => fusions[l]!.add(maps, at));
        onProgress?.(++done, all);
      },
    });
  }
  const probability = fusions.map((fusion) => fusion.probability(0, data.length));
  return {
    probability,
    labelMap: resolveOverlaps(probability),
    ...doubtOf(probability, volume, samplesUsed),
  };
}

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
