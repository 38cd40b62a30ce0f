import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { EngineRequest } from '../../engine/process/supervisor.ts';
import type { Predict } from '../engine/index.ts';
import { resolveOverlaps } from '../../../shared/uncertainty.ts';
import { mapLimited } from '../../../shared/pool.ts';
import { sliceViews } from '../cases/index.ts';
import { frameOf, type ImageInfo, type Raster } from '../../../shared/image/index.ts';
import { modelSlice } from './engine-slice.ts';
import type { Volume, VoxelArray, Window } from '../../../shared/volume.ts';

export interface LabelPrompt {
  readonly name: string;
  readonly prompt: string;
}

/** The decoded frames of an image. */
export interface SegmentedImage extends Pick<ImageInfo, 'channels' | 'inverted'> {
  readonly raster: Raster;
  /** As `LoadedFrames` has it. */
  readonly data: VoxelArray;
}

export interface FrameOptions extends Omit<SegmentOptions, 'volume'> {
  readonly image: SegmentedImage;
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

/** Maps on the raster of the image, i fastest. */
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
 * Segments every slice that was acquired, shown to the model as it is displayed; the maps lie on the raster of
 * the image, 0 beside frames that do not fill it. Cancelling through `signal` rejects with the code `cancelled`.
 */
export async function segmentFrames(
  predict: Predict,
  { image, ...options }: FrameOptions,
): Promise<VolumeSegmentation> {
  const { labels, signal, onProgress, window } = options;
  const { raster, channels, data } = image;
  const [nx, ny, nz] = raster.size;
  const pixels = nx * ny;
  const viewOf = sliceViews(raster, channels);
  const labelMap = new Uint8Array(pixels * nz);
  const probability = labels.map(() => new Float32Array(pixels * nz));
  const uncertainty = new Float32Array(pixels * nz);
  const slices: SliceSummary[] = [];
  let done = 0;

  const store = (k: number, { maps, samplesUsed }: PredictionFrame): void => {
    const at = k * pixels;
    const { toStored } = viewOf(k);
    maps.forEach((m, l) => probability[l]!.set(toStored(m.probability), at));
    labelMap.set(toStored(resolveOverlaps(maps.map((m) => m.probability))), at);
    const most = new Float32Array(maps[0]!.total.length);
    for (const { total } of maps) {
      for (let i = 0; i < most.length; i++) if (total[i]! > most[i]!) most[i] = total[i]!;
    }
    uncertainty.set(toStored(most), at);
    const meanUncertainty = most.reduce((sum, h) => sum + h, 0) / most.length;
    slices.push({ index: k, meanUncertainty, samplesUsed });
  };

  await mapLimited([...Array(nz).keys()], UNDER_WAY, async (k) => {
    const shown = viewOf(k).show(frameOf({ size: raster.size, channels, data }, k));
    const request: EngineRequest = {
      slice: modelSlice(shown, image, window),
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
  return { labelMap, probability, uncertainty, slices };
}
