import { createEventHook } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { StreamFrame, StreamOutput } from '../../shared/contract/index.ts';
import { progressFrame, type Progress } from '../../shared/contract/progress.ts';
import { volumePath } from '../../shared/contract/resources.ts';
import { reachOutwards } from '../../shared/outwards.ts';
import type { Raster } from '../../shared/image/index.ts';
import { luminance } from '../../shared/luminance.ts';
import { bytesOf, type PixelArray, type ViewedImage } from '../viewer/index.ts';
import { useBridge } from '../bridge.ts';
import { inFrameWords } from '../model/frame-words.ts';
import { emptyVoxels, fetchVoxels } from '../model/fetch-voxels.ts';
import { createJob } from './job.ts';

export type VolumeInfo = StreamOutput<'volumes.open'>;
type Frame = StreamFrame<'volumes.open'>;
type FirstSlice = Extract<Frame, { kind: 'first' }>;

/** Pixels and values are zeros where they have not come yet. */
export interface OpenVolume extends ViewedImage {
  readonly info: VolumeInfo;
}

const rasterOf = (info: VolumeInfo): Raster => {
  const { size, affineLps, spacing, measured, isGrid, frameSizes } = info;
  return { size, affineLps, spacing, measured, isGrid, frameSizes };
};

/** Grey values are the pixels themselves; how bright colours are, once they come, is kept beside them. */
const valuesOf = (pixels: PixelArray): ViewedImage['values'] =>
  pixels instanceof Uint32Array ? new Uint8Array(pixels.length) : pixels;

/** Between two times that slices which came are shown, ms: each draws the views across them. */
const SHOWN_EVERY = 200;

/** The stack that is looked at. */
export const useVolume = defineStore('volume', () => {
  const current = shallowRef<OpenVolume | null>(null);
  /** What is shown of it has not come as a whole. */
  const partial = shallowRef<OpenVolume | null>(null);
  /** The stack that is being opened. */
  const opening = ref<string | null>(null);
  /** Slices of the current volume that came while it was opened, from the middle outwards. */
  let came = 0;
  const arrived = createEventHook<readonly [number, number]>();
  const failure = shallowRef<{ readonly stack: string; readonly error: unknown } | null>(null);
  const job = createJob();

  const stack = computed(() => current.value?.info.stack.id ?? null);
  const slices = computed(() => current.value?.info.size[2] ?? 0);
  /** Whether slices lie on a grid, so that there are planes across them and volumes. */
  const isGrid = computed(() => current.value?.raster.isGrid ?? false);
  const kind = computed(() => current.value?.info.stack.kind ?? 'volume');
  /** A text about slices, in the word for the frames of the image that is open. */
  const inWords = (text: string): string => inFrameWords(text, kind.value);
  const isWhole = computed(() => current.value !== null && current.value !== partial.value);
  /** Reading was stopped when a part was on the screen. */
  const stopped = computed(() => current.value !== null && !isWhole.value && !job.running.value);

  function show(info: VolumeInfo, pixels: PixelArray): OpenVolume {
    const isSame = pixels === current.value?.pixels;
    if (!isSame) came = 0;
    const values = isSame ? current.value!.values : valuesOf(pixels);
    partial.value = { info, raster: rasterOf(info), pixels, values };
    return (current.value = partial.value);
  }

  /** Announces what is new among the first `count` slices. */
  function arrive(count: number): void {
    const [first, last] = reachOutwards(slices.value, count);
    const [from, to] = reachOutwards(slices.value, came);
    came = count;
    if (first < from) brighten([first, from - 1]);
    if (last > to) brighten([to + 1, last]);
    if (first < from) void arrived.trigger([first, from - 1]);
    if (last > to) void arrived.trigger([to + 1, last]);
  }

  /** How bright the colours of slices are that came. */
  function brighten([first, last]: readonly [number, number]): void {
    const { pixels, values, raster } = current.value!;
    if (!(pixels instanceof Uint32Array)) return;
    const length = raster.size[0] * raster.size[1];
    const came = pixels.subarray(first * length, (last + 1) * length);
    values.set(luminance(bytesOf(came), 4), first * length);
  }

  /** Fills the volume that is shown. */
  async function read(
    { info, pixels }: OpenVolume,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let shownAt = 0;
    const onSlices = (count: number): void => {
      const now = performance.now();
      const total = info.size[2];
      if (signal.aborted || count <= came || (count < total && now < shownAt + SHOWN_EVERY)) return;
      shownAt = now;
      const text = `Reading slice ${count} of ${total}`;
      onProgress(progressFrame(text, count / total));
      arrive(count);
    };
    const url = useBridge().url(volumePath(info.stack.id));
    await fetchVoxels(url, pixels, info.size[2], onSlices, signal);
    signal.throwIfAborted();
  }

  /**
   * @param resample whether frames that lie on no grid are brought onto one, or are as they were acquired;
   *   undefined: as their labels are.
   * @param onShown called with the volume as soon as something of it can be seen.
   */
  async function open(
    id: string,
    resample: boolean | undefined,
    onShown: (volume: OpenVolume) => void,
  ): Promise<OpenVolume | undefined> {
    let shown: OpenVolume | undefined;
    opening.value = id;
    failure.value = null;
    try {
      const opened = await job.start(async (signal, onProgress): Promise<OpenVolume> => {
        /** Reads the volume that is shown early; it may turn out to be of another type. */
        let reading: Promise<void> | undefined;
        const tooEarly = new AbortController();
        const onFrame = (frame: Frame): void => {
          if (frame.kind === 'first') {
            shown = showFirst(frame);
            onShown(shown);
            reading = read(shown, onProgress, AbortSignal.any([signal, tooEarly.signal]));
            // It is waited for below, where the stack could be decoded at all.
            reading.catch(() => undefined);
          } else if (!reading) onProgress(frame);
        };
        const input = { stack: id, ...(resample !== undefined && { resample }) };
        const info = await useBridge().stream('volumes.open', input, onFrame, signal);
        const fits = shown?.info.voxelType === info.voxelType;
        if (!fits) tooEarly.abort();
        const opening = show(info, shown && fits ? shown.pixels : emptyVoxels(info));
        if (!shown) onShown(opening);
        shown = opening;
        await (fits ? reading : read(opening, onProgress, signal));
        partial.value = null;
        return opening;
      });
      return opened;
    } catch (error) {
      if (shown && current.value === shown) current.value = null;
      failure.value = { stack: id, error };
      return undefined;
    } finally {
      if (opening.value === id) opening.value = null;
    }
  }

  function showFirst({ info, index, voxels: bytes }: FirstSlice): OpenVolume {
    const pixels = emptyVoxels(info);
    // Behind the text of a message, bytes lie anywhere; arrays of numbers do not.
    new Uint8Array(pixels.buffer).set(bytes, index * bytes.length);
    const volume = show(info, pixels);
    arrive(1);
    return volume;
  }

  function close(): void {
    job.cancel();
    current.value = null;
    failure.value = null;
  }

  const dismiss = (): void => void (failure.value = null);

  return {
    dismiss,
    onArrived: arrived.on,
    came: () => (came ? reachOutwards(slices.value, came) : null),
    current,
    isGrid,
    inWords,
    isWhole,
    stopped,
    opening,
    failure,
    stack,
    slices,
    open,
    close,
    running: job.running,
    progress: job.progress,
    cancel: job.cancel,
  };
});
