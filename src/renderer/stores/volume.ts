import { createEventHook } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { StreamFrame, StreamOutput } from '../../shared/contract/index.ts';
import { volumePath } from '../../shared/contract/resources.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Grid, VoxelArray } from '../../shared/volume.ts';
import { useBridge } from '../bridge.ts';
import { emptyVoxels, fetchVoxels } from '../model/voxels.ts';
import { createWork } from './work.ts';

export type VolumeInfo = StreamOutput<'volumes.open'>;
type Frame = StreamFrame<'volumes.open'>;
type FirstSlice = Extract<Frame, { kind: 'first' }>;

export interface OpenVolume {
  readonly info: VolumeInfo;
  readonly grid: Grid;
  /** Rescaled values, i fastest; zeros where they have not come yet. */
  readonly voxels: VoxelArray;
}

/** The stack that is looked at. */
export const useVolume = defineStore('volume', () => {
  const current = shallowRef<OpenVolume | null>(null);
  /** What is shown of it has not come as a whole. */
  const partial = shallowRef<OpenVolume | null>(null);
  /** The stack that is being opened. */
  const opening = ref<string | null>(null);
  /** Slices of the current volume that came while it was opened: first and last. */
  let came: (readonly [number, number])[] = [];
  const arrived = createEventHook<readonly [number, number]>();
  const failure = shallowRef<{ readonly stack: string; readonly error: unknown } | null>(null);
  const work = createWork();

  const stack = computed(() => current.value?.info.stack.id ?? null);
  const slices = computed(() => current.value?.info.size[2] ?? 0);
  const isWhole = computed(() => current.value !== null && current.value !== partial.value);
  /** Reading was stopped when a part was on the screen. */
  const stopped = computed(() => current.value !== null && !isWhole.value && !work.running.value);

  function show(info: VolumeInfo, voxels: VoxelArray): OpenVolume {
    if (voxels !== current.value?.voxels) came = [];
    partial.value = { info, grid: { size: info.size, affineLps: info.affineLps }, voxels };
    return (current.value = partial.value);
  }

  function arrive(first: number, last: number): void {
    came.push([first, last]);
    void arrived.trigger([first, last]);
  }

  /**
   * @param resample brings slices that are not evenly spaced onto a regular grid.
   * @param onShown told of the volume as soon as something of it can be seen.
   */
  async function open(
    id: string,
    resample: boolean,
    onShown: (volume: OpenVolume) => void,
  ): Promise<OpenVolume | undefined> {
    let early: OpenVolume | undefined;
    const showFirst = ({ info, index, voxels: bytes }: FirstSlice): void => {
      const voxels = emptyVoxels(info);
      // Behind the text of a message, bytes lie anywhere; arrays of numbers do not.
      const target = new Uint8Array(voxels.buffer);
      target.set(bytes, index * bytes.length);
      early = show(info, voxels);
      arrive(index, index);
      onShown(early);
    };
    opening.value = id;
    failure.value = null;
    try {
      const opened = await work.start(async (signal, tell): Promise<OpenVolume> => {
        const bridge = useBridge();
        const onFrame = (frame: Frame): void =>
          frame.kind === 'first' ? showFirst(frame) : tell(frame);
        const info = await bridge.stream('volumes.open', { stack: id, resample }, onFrame, signal);
        const fits = early?.info.voxelType === info.voxelType;
        const opening = show(info, early && fits ? early.voxels : emptyVoxels(info));
        if (!early) onShown(opening);
        early = opening;
        const slices = info.size[2];
        let shown = 0;
        const onDone = (done: number): void => {
          const whole = Math.floor(done * slices);
          if (whole === shown) return;
          tell({ kind: 'progress', text: 'Reading voxels', done, secondsLeft: null });
          arrive(shown, whole - 1);
          shown = whole;
        };
        await fetchVoxels(bridge.url(volumePath(id)), opening.voxels, onDone, signal);
        signal.throwIfAborted();
        partial.value = null;
        return opening;
      });
      return opened;
    } catch (error) {
      if (early && current.value === early) current.value = null;
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
    dismiss, onArrived: arrived.on, came: () => came, current, isWhole, stopped, opening, failure, canResample, stack, slices, open, close,
    running: work.running, progress: work.progress, cancel: work.cancel,
  }; // prettier-ignore
});
