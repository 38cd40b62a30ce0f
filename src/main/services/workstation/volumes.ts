import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { spacingOf, type VoxelArray } from '../../../shared/volume.ts';
import { loadVolume, type LoadedVolume } from '../../dicom/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { ChosenStack } from '../choose-stack.ts';
import { shareWork, type SharedWork } from './shared-work.ts';
import { sliceView, type SliceView } from './slice-view.ts';
import type { Sources } from './sources.ts';
import { stackSummary } from './stack-summary.ts';
import { statisticsOf, type Statistics } from './statistics.ts';
import type { StreamHandlers } from './session.ts';
import type { SettingsService } from './settings.ts';
import { windowsOf } from './window-presets.ts';

type VolumeInfo = z.infer<typeof contract.VolumeInfo>;

/** A decoded stack, with all that others ask of it. */
export interface OpenVolume extends ChosenStack {
  readonly image: LoadedVolume;
  readonly view: SliceView;
  readonly statistics: Statistics;
}

export interface Volumes {
  /**
   * A stack that was opened before; it is decoded again where others took its memory.
   * @throws MarginaliaError `unknown-stack`, and as `loadVolume`.
   */
  readonly get: (stack: string, signal?: AbortSignal) => Promise<OpenVolume>;
  readonly streams: Pick<StreamHandlers, 'volumes.open'>;
}

interface Decoded {
  readonly chosen: ChosenStack;
  readonly work: SharedWork<OpenVolume>;
  /** Told of slices done and slices in all. */
  readonly listeners: Set<(done: number, total: number) => void>;
}

/** Volumes kept decoded: the one on the screen, and one to go back to. */
const MOST_KEPT = 2;

export function createVolumes(
  workspace: Workspace,
  sources: Sources,
  settings: SettingsService,
): Volumes {
  /** The one used last comes last. */
  const kept = new Map<string, Decoded>();

  function decoded(id: string): Decoded {
    const chosen = sources.stack(id);
    let entry = kept.get(id);
    // Opened again, perhaps from other files.
    if (entry?.chosen.stack !== chosen.stack) entry = decode(chosen);
    kept.delete(id);
    kept.set(id, entry);
    for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
    return entry;
  }

  async function wait(
    id: string,
    signal?: AbortSignal,
    onProgress?: (done: number, total: number) => void,
  ): Promise<OpenVolume> {
    const { work, listeners } = decoded(id);
    if (onProgress) listeners.add(onProgress);
    try {
      return await work.wait(signal);
    } catch (error) {
      // What failed or was given up is begun anew the next time.
      if (kept.get(id)?.work === work) kept.delete(id);
      throw error;
    } finally {
      if (onProgress) listeners.delete(onProgress);
    }
  }

  return {
    get(id, signal) {
      if (workspace.series.get(id) !== undefined) return wait(id, signal);
      throw new MarginaliaError('unknown-stack', `The series ${id} is not open.`, 'Open it first.');
    },
    streams: {
      async 'volumes.open'({ stack: id, resample }, { signal, emit }) {
        const { stack } = sources.stack(id);
        if (stack.grid === undefined && !resample) throw irregular(stack);
        const begin = performance.now();
        const volume = await wait(id, signal, (done, total) => {
          const perSlice = (performance.now() - begin) / 1000 / done;
          emit({ kind: 'progress', text: `Reading slice ${done} of ${total}`, done: done / total, secondsLeft: perSlice * (total - done) }); // prettier-ignore
        });
        const { size } = volume.image.grid;
        workspace.series.open({
          stack: id,
          seriesInstanceUid: volume.series.seriesInstanceUid,
          description: volume.series.seriesDescription,
          modality: volume.series.modality,
          size,
          files: [...new Set(stack.frames.map(({ source }) => source.path))],
        });
        return infoOf(volume, settings.get().presets[volume.series.modality]);
      },
    },
  };
}

function decode(chosen: ChosenStack): Decoded {
  const listeners: Decoded['listeners'] = new Set();
  const work = shareWork(async (signal): Promise<OpenVolume> => {
    const image = await loadVolume(chosen.stack, {
      // Whether it may be was asked when it was opened.
      resample: true,
      signal,
      onProgress: (done, total) => listeners.forEach((listener) => listener(done, total)),
    });
    const statistics = await statisticsOf(image.data);
    return { ...chosen, image, statistics, view: sliceView(image.grid) };
  });
  return { chosen, work, listeners };
}

function irregular({ verdicts, resamplable }: ChosenStack['stack']): MarginaliaError {
  const faults = verdicts.filter(({ kind }) => kind !== 'regular').map(({ text }) => text);
  return new MarginaliaError(
    'irregular-geometry',
    `The series is no regular volume: ${faults.join('; ')}.`,
    resamplable
      ? 'It can be opened resampled onto a regular grid (linear interpolation).'
      : 'Choose another series.',
  );
}

function infoOf(
  { series, stack, image, statistics }: OpenVolume,
  own: VolumeInfo['presets'] | undefined,
): VolumeInfo {
  const { grid, data, resampled } = image;
  return {
    stack: stackSummary(series, stack),
    size: [...grid.size],
    affineLps: [...grid.affineLps],
    spacing: [...spacingOf(grid)],
    voxelType: voxelType(data),
    range: [...statistics.range],
    ...windowsOf(series.modality, stack.windows, statistics, own),
    unit: series.modality === 'CT' ? 'HU' : '',
    resampled,
  };
}

function voxelType(data: VoxelArray): VolumeInfo['voxelType'] {
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int32Array ? 'int32' : 'float32';
}
