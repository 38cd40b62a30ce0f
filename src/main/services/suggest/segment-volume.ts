import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { EngineRequest } from '../../engine/process/supervisor.ts';
import type { Predict } from '../engine/index.ts';
import { resolveOverlaps } from '../../../shared/uncertainty.ts';
import { mapLimited } from '../../../shared/pool.ts';
import {
  displayMap,
  invertAxisMap,
  isIdentity,
  mapData,
  sliceAlong,
  turned,
} from '../../../shared/geometry/index.ts';
import type { Volume, VoxelArray, Window } from '../../../shared/volume.ts';

export interface LabelPrompt {
  readonly name: string;
  readonly prompt: string;
}

export interface SegmentOptions {
  readonly volume: Volume;
  readonly window: Window;
  readonly labels: readonly LabelPrompt[];
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  /** Names slice k in the key of its noise, e.g. by its SOP instance UID. */
  readonly sliceKey: (k: number) => string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SliceSummary {
  readonly index: number;
  /** Mean over the pixels of the largest total entropy of any label, nats. */
  readonly meanUncertainty: number;
  readonly samplesUsed: number;
}

/** Maps on the grid of the volume, i fastest. */
export interface VolumeSegmentation {
  /** 0 is background, 1 … n the labels in order. */
  readonly labelMap: Uint8Array;
  /** p̄ of each label. */
  readonly probability: readonly Float32Array[];
  /** Total entropy in nats: per voxel the largest of any label. */
  readonly uncertainty: Float32Array;
  readonly slices: readonly SliceSummary[];
}

/** Slices under way at once: enough to fill batches across slices, few enough to hold in memory. */
export const UNDER_WAY = 8;

/**
 * Segments every slice that was acquired, shown to the model as it is displayed; the maps lie on the grid of
 * the volume. Cancelling through `signal` rejects with the code `cancelled`.
 */
export async function segmentVolume(
  predict: Predict,
  options: SegmentOptions,
): Promise<VolumeSegmentation> {
  const { labels, signal, onProgress } = options;
  const map = displayMap(options.volume.grid);
  const volume = turned(options.volume, map);
  const [nx, ny, nz] = volume.grid.size;
  const pixels = nx * ny;
  const labelMap = new Uint8Array(pixels * nz);
  const probability = labels.map(() => new Float32Array(pixels * nz));
  const uncertainty = new Float32Array(pixels * nz);
  const slices: SliceSummary[] = [];
  let done = 0;

  const store = (k: number, { maps, samplesUsed }: PredictionFrame): void => {
    const at = k * pixels;
    maps.forEach((m, l) => probability[l]!.set(m.probability, at));
    labelMap.set(resolveOverlaps(maps.map((m) => m.probability)), at);
    let sum = 0;
    for (let i = 0; i < pixels; i++) {
      const most = maps.reduce((u, m) => Math.max(u, m.total[i]!), 0);
      uncertainty[at + i] = most;
      sum += most;
    }
    slices.push({ index: k, meanUncertainty: sum / pixels, samplesUsed });
  };

  await mapLimited([...Array(nz).keys()], UNDER_WAY, async (k) => {
    const { rows, columns, pixels: values } = sliceAlong(volume.data, volume.grid.size, 2, k);
    const request: EngineRequest = {
      slice: { channels: 1, rows, columns, pixels: values, window: options.window },
      prompts: labels.map((label) => label.prompt),
      samples: options.samples,
      seed: options.seed,
      sliceKey: options.sliceKey(k),
      tolerance: options.tolerance,
      priority: 0,
      preview: false,
    };
    store(k, await predict(request, signal));
    onProgress?.(++done, nz);
  });
  slices.sort((a, b) => a.index - b.index);
  const back = invertAxisMap(map);
  const restore = <T extends VoxelArray>(data: T): T =>
    isIdentity(back) ? data : mapData(data, volume.grid.size, back);
  return {
    labelMap: restore(labelMap),
    probability: probability.map(restore),
    uncertainty: restore(uncertainty),
    slices,
  };
}
