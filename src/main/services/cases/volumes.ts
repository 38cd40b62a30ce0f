import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { progressFrame, secondsLeft } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import {
  acquiredId,
  factsOf,
  rasterOf,
  resampledId,
  type ImageInfo,
  type Raster,
} from '../../../shared/image/index.ts';
import type { Triple, VoxelArray } from '../../../shared/volume.ts';
import { readerOf } from '../../images/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import { holdVoxels, type HandedOver, type HeldVoxels, type Listener } from './held-voxels.ts';
import { sliceViews, type SliceView } from './slice-view.ts';
import { pixelBytes } from './pixel-bytes.ts';
import type { Cases } from './cases.ts';
import { imageSummary } from './image-summary.ts';
import { statisticsOf, type Statistics } from './statistics.ts';
import type { StreamHandlers, SettingsService } from '../session/index.ts';
import { windowsOf } from './window-presets.ts';

type VolumeInfo = z.infer<typeof contract.VolumeInfo>;

/** An image that was decoded, with all that others ask of it. */
export interface OpenVolume extends Pick<HeldVoxels, 'whole' | 'slice'> {
  readonly image: ImageInfo;
  readonly raster: Raster;
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
  readonly voxelType: VolumeInfo['voxelType'];
  /** How slice k is displayed. */
  readonly view: (k: number) => SliceView;
  readonly statistics: Statistics;
}

export interface Volumes {
  /**
   * An image that was opened before.
   * @throws MarginaliaError `unknown-stack`, and as `ImageReader.readAll`.
   */
  readonly get: (stack: string, signal?: AbortSignal) => Promise<OpenVolume>;
  /**
   * The voxels of an image that was opened or is being opened, while they are decoded.
   * @throws MarginaliaError `unknown-stack`, and as `ImageReader.readAll`.
   */
  readonly handOver: (stack: string, signal: AbortSignal) => Promise<HandedOver>;
  readonly streams: Pick<StreamHandlers, 'volumes.open'>;
}

type FirstSlice = z.infer<typeof contract.FirstSlice>;

interface Kept {
  readonly image: ImageInfo;
  readonly voxels: HeldVoxels;
  /** Undefined until it is decoded. */
  volume: OpenVolume | undefined;
}

/** The image on the screen, and one to go back to. */
const MOST_KEPT = 2;

export function createVolumes(
  workspace: Workspace,
  cases: Cases,
  settings: SettingsService,
): Volumes {
  const kept = new LRUCache<string, Kept>({ max: MOST_KEPT });

  function keep(image: ImageInfo): Kept {
    const { id } = image;
    const cached = kept.get(id);
    if (cached?.image === image) return cached;
    // New, or opened again, perhaps from other files.
    const entry: Kept = { image, voxels: holdVoxels(image), volume: undefined };
    kept.set(id, entry);
    return entry;
  }

  async function decoded(
    image: ImageInfo,
    signal?: AbortSignal,
    listener?: Listener,
  ): Promise<OpenVolume> {
    const entry = keep(image);
    if (entry.volume) return entry.volume;
    const { data, grid, range, resampled } = await entry.voxels.whole(signal, listener);
    const raster = rasterOf(image.frames, grid);
    // Its labels may be of another size: then it is refused.
    remember(image, raster.size);
    return (entry.volume ??= {
      image: entry.image,
      ...entry.voxels,
      raster,
      resampled,
      voxelType: voxelTypeOf(data, image),
      statistics: await statisticsOf(data, range),
      view: sliceViews(raster, image.channels),
    });
  }

  function remember(image: ImageInfo, size: Triple): void {
    workspace.series.open({
      stack: image.id,
      seriesInstanceUid: readerOf(image).describe(image).seriesInstanceUid,
      description: image.description,
      modality: image.modality,
      size,
      files: image.files,
      image: factsOf(image),
    });
  }

  /** Versions that kept no metadata of images could open frames on no grid resampled alone. */
  function tellResampled({ id, grid }: ImageInfo): void {
    const row = workspace.series.get(id);
    if (row && row.image === null && grid === null) workspace.series.rename(id, resampledId(id));
  }

  /**
   * @param resample as `volumes.open` takes it; undefined: the image as it was acquired or, where it is
   *   known in this workspace as resampled alone, that: there its labels are.
   */
  function idOf(stack: string, resample: boolean | undefined): string {
    if (resample !== undefined) return resample ? resampledId(stack) : acquiredId(stack);
    const isKnown = (id: string): boolean => workspace.series.get(id) !== undefined;
    return isKnown(resampledId(stack)) && !isKnown(stack) ? resampledId(stack) : stack;
  }

  async function requireOpened(id: string, signal?: AbortSignal): Promise<ImageInfo> {
    if (kept.has(id) || workspace.series.get(id) !== undefined) return cases.open(id, signal);
    throw new MarginaliaError('unknown-stack', `The series ${id} is not open.`, 'Open it first.');
  }

  return {
    async get(id, signal) {
      return decoded(await requireOpened(id, signal), signal);
    },
    async handOver(id, signal) {
      return keep(await requireOpened(id, signal)).voxels.handOver(signal);
    },
    streams: {
      async 'volumes.open'({ stack, resample }, { signal, emit }) {
        const acquired = await cases.open(acquiredId(stack), signal, emit);
        tellResampled(acquired);
        const id = idOf(stack, resample);
        const image = id === acquired.id ? acquired : await cases.open(id, signal, emit);
        const begin = performance.now();
        const volume = await decoded(image, signal, {
          progress(done, total) {
            const left = secondsLeft((performance.now() - begin) / 1000, done, total);
            emit(progressFrame(`Reading slice ${done} of ${total}`, done / total, left));
          },
          first(values, k) {
            void firstSlice(image, values, k).then(emit);
          },
        });
        remember(image, volume.raster.size);
        return infoOf(volume, settings.get().presets[image.modality]);
      },
    },
  };
}

/** What may be shown of an image when one slice of it is decoded. */
async function firstSlice(
  image: ImageInfo,
  values: VoxelArray,
  index: number,
): Promise<FirstSlice> {
  // Copied before anything else runs.
  const data = values.slice();
  const statistics = await statisticsOf(data);
  const raster = rasterOf(image.frames, image.grid);
  const voxelType = voxelTypeOf(data, image);
  const info = infoOf({ image, raster, resampled: null, voxelType, statistics }, undefined);
  return { kind: 'first', info, index, voxels: pixelBytes(data, image.channels) };
}

function infoOf(
  { image, raster, resampled, voxelType, statistics }: Omit<OpenVolume, 'view' | 'whole' | 'slice'>,
  userPresets: VolumeInfo['presets'] | undefined,
): VolumeInfo {
  const { size, affineLps, spacing, measured, isGrid, frameSizes } = raster;
  return {
    stack: imageSummary(image),
    size: [...size],
    affineLps: affineLps && [...affineLps],
    spacing: [...spacing],
    measured,
    isGrid,
    frameSizes: frameSizes && frameSizes.map(([columns, rows]) => [columns, rows]),
    names: image.kind === 'set' ? image.frames.map(({ key }) => key) : null,
    times: timesOf(image),
    voxelType,
    range: [...statistics.range],
    ...windowsOf(image, statistics, userPresets),
    inverted: image.inverted,
    unit: image.modality === 'CT' ? 'HU' : '',
    resampled,
  };
}

/** Milliseconds of each frame of a clip; null where frames are not ordered in time. */
function timesOf({ frames }: ImageInfo): number[] | null {
  const times = frames.flatMap(({ time }) => time ?? []);
  return times.length === frames.length ? times : null;
}

function voxelTypeOf(data: VoxelArray, { channels }: ImageInfo): VolumeInfo['voxelType'] {
  if (channels === 3) return 'rgba';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int32Array ? 'int32' : 'float32';
}
