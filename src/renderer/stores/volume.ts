import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { StreamOutput } from '../../shared/contract/index.ts';
import { volumePath } from '../../shared/contract/resources.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Grid, VoxelArray } from '../../shared/volume.ts';
import { useBridge } from '../bridge.ts';
import { fetchVoxels } from '../model/voxels.ts';
import { createWork } from './work.ts';

export type VolumeInfo = StreamOutput<'volumes.open'>;

export interface OpenVolume {
  readonly info: VolumeInfo;
  readonly grid: Grid;
  /** Rescaled values, i fastest. */
  readonly voxels: VoxelArray;
}

/** The stack that is looked at. */
export const useVolume = defineStore('volume', () => {
  const current = shallowRef<OpenVolume | null>(null);
  /** The stack that is being opened. */
  const opening = ref<string | null>(null);
  const failure = shallowRef<{ readonly stack: string; readonly error: unknown } | null>(null);
  const work = createWork();

  const stack = computed(() => current.value?.info.stack.id ?? null);
  const slices = computed(() => current.value?.info.size[2] ?? 0);

  /** @param resample brings slices that are not evenly spaced onto a regular grid. */
  async function open(id: string, resample = false): Promise<OpenVolume | undefined> {
    opening.value = id;
    failure.value = null;
    try {
      const opened = await work.start(async (signal, show): Promise<OpenVolume> => {
        const bridge = useBridge();
        const info = await bridge.stream('volumes.open', { stack: id, resample }, show, signal);
        const url = bridge.url(volumePath(id));
        const onDone = (done: number): void =>
          show({ kind: 'progress', text: 'Reading voxels', done, secondsLeft: null });
        const voxels = await fetchVoxels(url, info, onDone, signal);
        return { info, grid: { size: info.size, affineLps: info.affineLps }, voxels };
      });
      if (opened) current.value = opened;
      return opened;
    } catch (error) {
      failure.value = { stack: id, error };
      return undefined;
    } finally {
      if (opening.value === id) opening.value = null;
    }
  }

  function close(): void {
    work.cancel();
    current.value = null;
    failure.value = null;
  }

  /** Whether the failure may be helped by resampling. */
  const canResample = computed(
    () =>
      failure.value?.error instanceof MarginaliaError &&
      failure.value.error.code === 'irregular-geometry',
  );

  const dismiss = (): void => void (failure.value = null);

  return {
    dismiss, current, opening, failure, canResample, stack, slices, open, close,
    running: work.running, progress: work.progress, cancel: work.cancel,
  }; // prettier-ignore
});
