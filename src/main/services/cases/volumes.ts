import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { progressFrame, secondsLeft } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import {
  factsOf,
  requireGrid,
  requireVolume,
  type ImageInfo,
} from '../../../shared/image/index.ts';
import { spacingOf, type Grid, type VoxelArray } from '../../../shared/volume.ts';
import { readerOf } from '../../images/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import { holdVoxels, type HandedOver, type HeldVoxels, type Listener } from './held-voxels.ts';
import { sliceView, type SliceView } from './slice-view.ts';
import type { Cases } from './cases.ts';
import { imageSummary } from './image-summary.ts';
import { statisticsOf, type Statistics } from './statistics.ts';
import type { StreamHandlers, SettingsService } from '../session/index.ts';
import { windowsOf } from './window-presets.ts';

type VolumeInfo = z.infer<typeof contract.VolumeInfo>;

/** An image that was decoded, with all that others ask of it. */
export interface OpenVolume extends Pick<HeldVoxels, 'whole' | 'slice'> {
  readonly image: ImageInfo;
  readonly grid: Grid;
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
  readonly voxelType: VolumeInfo['voxelType'];
  readonly view: SliceView;
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
    const frames = await entry.voxels.whole(signal, listener);
    const { range, resampled } = frames;
    const { data, grid } = requireVolume(image, frames);
    // Its labels may be of another size: then it is refused.
    remember(image, grid.size);
    return (entry.volume ??= {
      image: entry.image,
      ...entry.voxels,
      grid,
      resampled,
      voxelType: voxelTypeOf(data),
      statistics: await statisticsOf(data, range),
      view: sliceView(grid),
    });
  }

  function remember(image: ImageInfo, size: Grid['size']): void {
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
      async 'volumes.open'({ stack: id, resample }, { signal, emit }) {
        const image = await cases.open(id, signal, emit);
        const { files } = image;
        // Who had these very files resampled before has labels on those slices.
        const isKnown = isDeepStrictEqual(workspace.series.get(id)?.files, files);
        if (!resample && !isKnown) requireGrid(image);
        const begin = performance.now();
        const volume = await decoded(image, signal, {
          progress(done, total) {
            const left = secondsLeft((performance.now() - begin) / 1000, done, total);
            emit(progressFrame(`Reading slice ${done} of ${total}`, done / total, left));
          },
          first(values, k) {
            if (image.grid) void firstSlice(image, image.grid, values, k).then(emit);
          },
        });
        remember(image, volume.grid.size);
        return infoOf(volume, settings.get().presets[image.modality]);
      },
    },
  };
}

/** What may be shown of an image when one slice of it is decoded. */
async function firstSlice(
  image: ImageInfo,
  grid: Grid,
  values: VoxelArray,
  index: number,
): Promise<FirstSlice> {
  // Copied before anything else runs.
  const data = values.slice();
  const statistics = await statisticsOf(data);
  const info = infoOf(
    { image, grid, resampled: null, voxelType: voxelTypeOf(data), statistics },
    undefined,
  );
  return { kind: 'first', info, index, voxels: new Uint8Array(data.buffer) };
}

function infoOf(
  { image, grid, resampled, voxelType, statistics }: Omit<OpenVolume, 'view' | 'whole' | 'slice'>,
  userPresets: VolumeInfo['presets'] | undefined,
): VolumeInfo {
  return {
    stack: imageSummary(image),
    size: [...grid.size],
    affineLps: [...grid.affineLps],
    spacing: [...spacingOf(grid)],
    voxelType,
    range: [...statistics.range],
    ...windowsOf(image.modality, image.windows, statistics, userPresets),
    unit: image.modality === 'CT' ? 'HU' : '',
    resampled,
  };
}

function voxelTypeOf(data: VoxelArray): VolumeInfo['voxelType'] {
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int32Array ? 'int32' : 'float32';
}
