import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { outwards } from '../../../shared/outwards.ts';
import { spacingOf, type Grid, type VoxelArray } from '../../../shared/volume.ts';
import { loadVolume, type LoadedVolume } from '../../dicom/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { ChosenStack } from '../choose-stack.ts';
import { createArriving, type Arriving } from './arriving.ts';
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
  /**
   * The voxels of a stack that was opened or is being opened, while they are decoded.
   * @throws MarginaliaError `unknown-stack`, and as `loadVolume`.
   */
  readonly handOver: (stack: string, signal: AbortSignal) => Promise<HandedOver>;
  readonly streams: Pick<StreamHandlers, 'volumes.open'>;
}

export interface HandedOver {
  readonly byteLength: number;
  /** Bytes of the slices from the middle outwards, each as soon as it is there. */
  readonly slices: AsyncIterable<Uint8Array>;
}

type FirstSlice = z.infer<typeof contract.FirstSlice>;

/** Told how far a stack is decoded. */
interface Listener {
  readonly progress: (done: number, total: number) => void;
  readonly first: (values: VoxelArray, k: number) => void;
}

interface Decoded {
  readonly chosen: ChosenStack;
  readonly work: SharedWork<OpenVolume>;
  readonly arriving: Arriving;
  readonly listeners: Set<Listener>;
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

  async function wait(id: string, signal?: AbortSignal, listener?: Listener): Promise<OpenVolume> {
    const { work, listeners } = decoded(id);
    if (listener) listeners.add(listener);
    try {
      return await work.wait(signal);
    } catch (error) {
      // What failed or was given up is begun anew the next time.
      if (kept.get(id)?.work === work) kept.delete(id);
      throw error;
    } finally {
      if (listener) listeners.delete(listener);
    }
  }

  function requireOpened(id: string): void {
    if (kept.has(id) || workspace.series.get(id) !== undefined) return;
    throw new MarginaliaError('unknown-stack', `The series ${id} is not open.`, 'Open it first.');
  }

  return {
    get(id, signal) {
      requireOpened(id);
      return wait(id, signal);
    },
    async handOver(id, signal) {
      requireOpened(id);
      const { arriving, chosen } = decoded(id);
      const image = wait(id, signal).then((volume) => volume.image);
      image.catch(() => undefined);
      const { size } = chosen.stack.grid ?? (await image).grid;
      const first = await arriving.slice(size[2] >> 1, image);
      return {
        byteLength: first.byteLength * size[2],
        slices: bytesOfSlices(size[2], first, (k) => arriving.slice(k, image)),
      };
    },
    streams: {
      async 'volumes.open'({ stack: id, resample }, { signal, emit }) {
        const chosen = sources.stack(id);
        const { stack } = chosen;
        const files = filesOf(stack);
        // Who had these very files resampled before has labels on those slices.
        const isKnown = isDeepStrictEqual(workspace.series.get(id)?.files, files);
        if (stack.grid === undefined && !resample && !isKnown) throw irregular(stack);
        const begin = performance.now();
        const volume = await wait(id, signal, {
          progress(done, total) {
            const perSlice = (performance.now() - begin) / 1000 / done;
            emit({ kind: 'progress', text: `Reading slice ${done} of ${total}`, done: done / total, secondsLeft: perSlice * (total - done) }); // prettier-ignore
          },
          first(values, k) {
            if (stack.grid) void firstSlice(chosen, stack.grid, values, k).then(emit);
          },
        });
        const { size } = volume.image.grid;
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

async function* bytesOfSlices(
  slices: number,
  first: VoxelArray,
  slice: (k: number) => Promise<VoxelArray>,
): AsyncGenerator<Uint8Array> {
  for (const k of outwards(slices)) {
    const values = await slice(k);
    if (values.constructor !== first.constructor) {
      throw new MarginaliaError('voxels-widened', 'A later slice has values that need more bytes.', 'Ask for the voxels again.'); // prettier-ignore
    }
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

function decode(chosen: ChosenStack): Decoded {
  const arriving = createArriving();
  const listeners: Decoded['listeners'] = new Set();
  let isFirst = true;
  const work = shareWork(async (signal): Promise<OpenVolume> => {
    const image = await loadVolume(chosen.stack, {
      // Whether it may be was asked when it was opened.
      resample: true,
      signal,
      onProgress: (done, total) => listeners.forEach(({ progress }) => progress(done, total)),
      onSlice(values, k) {
        if (chosen.stack.grid) arriving.add(values, k);
        if (!isFirst) return;
        isFirst = false;
        listeners.forEach(({ first }) => first(values, k));
      },
    });
    const statistics = await statisticsOf(image.data, image.range);
    return { ...chosen, image, statistics, view: sliceView(image.grid) };
  });
  return { chosen, work, arriving, listeners };
}

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
  const image = { grid, data, resampled: null };
  const info = infoOf({ series, stack, image, statistics }, undefined);
  return { kind: 'first', info, index, voxels: new Uint8Array(data.buffer) };
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
  { series, stack, image, statistics }: Omit<OpenVolume, 'view'>,
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
