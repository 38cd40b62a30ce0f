import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { requireGrid } from '../../../shared/image/index.ts';
import { spacingOf, type Grid, type VoxelArray } from '../../../shared/volume.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { ChosenStack } from './choose-stack.ts';
import { holdVoxels, type HandedOver, type HeldVoxels, type Listener } from './held-voxels.ts';
import { sliceView, type SliceView } from './slice-view.ts';
import type { Sources } from './sources.ts';
import { stackSummary } from './stack-summary.ts';
import { statisticsOf, type Statistics } from './statistics.ts';
import type { StreamHandlers, SettingsService } from '../session/index.ts';
import { windowsOf } from './window-presets.ts';

type VolumeInfo = z.infer<typeof contract.VolumeInfo>;

/** A stack that was decoded, with all that others ask of it. */
export interface OpenVolume extends ChosenStack, Pick<HeldVoxels, 'whole' | 'slice'> {
  readonly grid: Grid;
  /** What was done to make the grid regular, or null. */
  readonly resampled: string | null;
  readonly voxelType: VolumeInfo['voxelType'];
  readonly view: SliceView;
  readonly statistics: Statistics;
}

export interface Volumes {
  /**
   * A stack that was opened before.
   * @throws MarginaliaError `unknown-stack`, and as `loadVolume`.
   */
  readonly get: (stack: string, signal?: AbortSignal) => Promise<OpenVolume>;
  /**
   * The voxels of a stack that was opened or is being opened, while they are decoded.
   * @throws MarginaliaError `unknown-stack`, and as `loadVolume`.
   */
  readonly handOver: (stack: string, signal: AbortSignal) => Promise<HandedOver>;
  readonly streams: Pick<StreamHandlers, 'volumes.open'>;
}

type FirstSlice = z.infer<typeof contract.FirstSlice>;

interface Kept {
  readonly chosen: ChosenStack;
  readonly voxels: HeldVoxels;
  /** What is known of it once it was decoded. */
  volume: OpenVolume | undefined;
}

/** The stack on the screen, and one to go back to. */
const MOST_KEPT = 2;

export function createVolumes(
  workspace: Workspace,
  sources: Sources,
  settings: SettingsService,
): Volumes {
  const kept = new LRUCache<string, Kept>({ max: MOST_KEPT });

  function keep(id: string): Kept {
    const chosen = sources.stack(id);
    const known = kept.get(id);
    if (known?.chosen.stack === chosen.stack) return known;
    // New, or opened again, perhaps from other files.
    const entry: Kept = { chosen, voxels: holdVoxels(chosen.stack), volume: undefined };
    kept.set(id, entry);
    return entry;
  }

  async function decoded(
    id: string,
    signal?: AbortSignal,
    listener?: Listener,
  ): Promise<OpenVolume> {
    const entry = keep(id);
    if (entry.volume) return entry.volume;
    const { data, grid, range, resampled } = await entry.voxels.whole(signal, listener);
    return (entry.volume ??= {
      ...entry.chosen,
      ...entry.voxels,
      grid,
      resampled,
      voxelType: voxelTypeOf(data),
      statistics: await statisticsOf(data, range),
      view: sliceView(grid),
    });
  }

  function requireOpened(id: string): void {
    if (kept.has(id) || workspace.series.get(id) !== undefined) return;
    throw new MarginaliaError('unknown-stack', `The series ${id} is not open.`, 'Open it first.');
  }

  return {
    get(id, signal) {
      requireOpened(id);
      return decoded(id, signal);
    },
    async handOver(id, signal) {
      requireOpened(id);
      return keep(id).voxels.handOver(signal);
    },
    streams: {
      async 'volumes.open'({ stack: id, resample }, { signal, emit }) {
        const chosen = sources.stack(id);
        const { stack } = chosen;
        const files = filesOf(stack);
        // Who had these very files resampled before has labels on those slices.
        const isKnown = isDeepStrictEqual(workspace.series.get(id)?.files, files);
        if (!resample && !isKnown)
          requireGrid({ ...stack, grid: stack.grid ?? null, warnings: stack.verdicts });
        const begin = performance.now();
        const volume = await decoded(id, signal, {
          progress(done, total) {
            const perSlice = (performance.now() - begin) / 1000 / done;
            emit({
              kind: 'progress',
              text: `Reading slice ${done} of ${total}`,
              done: done / total,
              secondsLeft: perSlice * (total - done),
            });
          },
          first(values, k) {
            if (stack.grid) void firstSlice(chosen, stack.grid, values, k).then(emit);
          },
        });
        const { size } = volume.grid;
        workspace.series.open({
          stack: id,
          seriesInstanceUid: volume.series.seriesInstanceUid,
          description: volume.series.seriesDescription,
          modality: volume.series.modality,
          size,
          files,
        });
        return infoOf(volume, settings.get().presets[volume.series.modality]);
      },
    },
  };
}

const filesOf = ({ frames }: ChosenStack['stack']): string[] => [
  ...new Set(frames.map(({ source }) => source.path)),
];

/** What may be shown of a stack when one slice of it is decoded. */
async function firstSlice(
  { series, stack }: ChosenStack,
  grid: Grid,
  values: VoxelArray,
  index: number,
): Promise<FirstSlice> {
  // Copied before others have their turn.
  const data = values.slice();
  const statistics = await statisticsOf(data);
  const info = infoOf(
    { series, stack, grid, resampled: null, voxelType: voxelTypeOf(data), statistics },
    undefined,
  );
  return { kind: 'first', info, index, voxels: new Uint8Array(data.buffer) };
}

function infoOf(
  {
    series,
    stack,
    grid,
    resampled,
    voxelType,
    statistics,
  }: Omit<OpenVolume, 'view' | 'whole' | 'slice'>,
  own: VolumeInfo['presets'] | undefined,
): VolumeInfo {
  return {
    stack: stackSummary(series, stack),
    size: [...grid.size],
    affineLps: [...grid.affineLps],
    spacing: [...spacingOf(grid)],
    voxelType,
    range: [...statistics.range],
    ...windowsOf(series.modality, stack.windows, statistics, own),
    unit: series.modality === 'CT' ? 'HU' : '',
    resampled,
  };
}

function voxelTypeOf(data: VoxelArray): VolumeInfo['voxelType'] {
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int32Array ? 'int32' : 'float32';
}
