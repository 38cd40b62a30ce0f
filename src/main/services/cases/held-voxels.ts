import { LRUCache } from 'lru-cache';
import { MarginaliaError } from '../../../shared/errors.ts';
import { outwards } from '../../../shared/outwards.ts';
import {
  arraySize,
  isResampledId,
  placeFrame,
  type Channels,
  type ImageInfo,
  type LoadedFrames,
} from '../../../shared/image/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';
import { readerOf } from '../../images/index.ts';
import { collectGarbage } from '../async/collect-garbage.ts';
import { pixelBytes } from './pixel-bytes.ts';
import { createArriving, type Arriving } from './arriving.ts';
import { shareWork, type SharedWork } from '../async/shared-work.ts';

/**
 * The voxels of an image. A small one stays in memory. A large one, of which a slice is read as
 * quickly as its file, is let go of after it was handed over: the page has it, and what else looks
 * at it wants single slices.
 */
export interface HeldVoxels {
  /**
   * All of them; decoded again where they were let go of.
   * @param listener called as decoding advances.
   * @throws as `ImageReader.readAll`.
   */
  readonly whole: (signal?: AbortSignal, listener?: Listener) => Promise<LoadedFrames>;
  /**
   * Slice k as stored, rescaled; perhaps in a narrower type than the volume's.
   * @throws as `ImageReader.readAll`.
   */
  readonly slice: (k: number, signal?: AbortSignal) => Promise<VoxelArray>;
  /**
   * All slices as bytes, while they are decoded.
   * @throws as `ImageReader.readAll`.
   */
  readonly handOver: (signal: AbortSignal) => Promise<HandedOver>;
}

export interface HandedOver {
  readonly byteLength: number;
  /**
   * From the middle outwards, each as soon as it is there.
   * @throws MarginaliaError `voxels-widened` where a later slice needs a wider type than the first.
   */
  readonly slices: AsyncIterable<Uint8Array>;
}

/** Called as an image is decoded. */
export interface Listener {
  readonly progress: (done: number, total: number) => void;
  /** The middle slice is there, from which the others are handed over outwards. */
  readonly first: (values: VoxelArray, k: number) => void;
}

export interface HoldOptions {
  /** Bytes of voxels that stay in memory; of single slices that were read lately, a quarter. */
  readonly most?: number;
  /** Milliseconds for which more than that stays. */
  readonly after?: number;
}

interface Reading {
  readonly work: SharedWork<LoadedFrames>;
  readonly arriving: Arriving;
  readonly listeners: Set<Listener>;
}

export function holdVoxels(
  info: ImageInfo,
  { most = 2 ** 26, after = 3000 }: HoldOptions = {},
): HeldVoxels {
  /** What is in memory, or on its way there. */
  let reading: Reading | undefined;
  let timer: NodeJS.Timeout | undefined;
  const slices = new LRUCache<number, VoxelArray>({
    maxSize: Math.max(1, most >> 2),
    sizeCalculation: ({ byteLength }) => byteLength,
  });
  const reader = readerOf(info);
  const canReadSlices = !isResampledId(info.id) && reader.readsFramesAlone(info);

  function letGo(): void {
    reading = undefined;
    collectGarbage();
  }

  async function wait(current: Reading, signal?: AbortSignal): Promise<LoadedFrames> {
    try {
      const image = await current.work.wait(signal);
      clearTimeout(timer);
      if (canReadSlices && image.data.byteLength > most) {
        timer = setTimeout(letGo, after).unref();
      }
      return image;
    } catch (error) {
      // What failed or was given up is begun anew the next time.
      if (reading === current) reading = undefined;
      throw error;
    }
  }

  return {
    async whole(signal, listener) {
      const current = (reading ??= startReading(info));
      if (listener) current.listeners.add(listener);
      try {
        return await wait(current, signal);
      } finally {
        if (listener) current.listeners.delete(listener);
      }
    },
    async slice(k, signal) {
      if (reading || !canReadSlices) {
        const current = (reading ??= startReading(info));
        return current.arriving.slice(k, wait(current, signal));
      }
      const values =
        slices.get(k) ??
        placeFrame(await reader.readFrame(info, k, signal), arraySize(info.frames));
      slices.set(k, values);
      return values;
    },
    async handOver(signal) {
      const current = (reading ??= startReading(info));
      const image = wait(current, signal);
      image.catch(() => undefined);
      const size = isResampledId(info.id) ? (await image).size : arraySize(info.frames);
      const first = await current.arriving.slice(size[2] >> 1, image);
      return {
        byteLength: pixelBytes(first, info.channels).length * size[2],
        slices: bytesOfSlices(info.channels, size[2], first, (k) =>
          current.arriving.slice(k, image),
        ),
      };
    },
  };
}

function startReading(image: ImageInfo): Reading {
  const listeners: Reading['listeners'] = new Set();
  const arriving = createArriving();
  const middle = image.frames.length >> 1;
  const work = shareWork((signal) =>
    readerOf(image).readAll(image, {
      resample: isResampledId(image.id),
      signal,
      onProgress: (done, total) => listeners.forEach(({ progress }) => progress(done, total)),
      onFrame(values, k) {
        // Frames that are resampled afterwards are no slices of the volume.
        if (isResampledId(image.id)) return;
        arriving.add(values, k);
        if (k === middle) listeners.forEach(({ first }) => first(values, k));
      },
    }),
  );
  return { work, arriving, listeners };
}

async function* bytesOfSlices(
  channels: Channels,
  slices: number,
  first: VoxelArray,
  slice: (k: number) => Promise<VoxelArray>,
): AsyncGenerator<Uint8Array> {
  for (const k of outwards(slices)) {
    const values = await slice(k);
    if (values.constructor !== first.constructor) {
      throw new MarginaliaError(
        'voxels-widened',
        'A later slice has values that need more bytes.',
        'Ask for the voxels again.',
      );
    }
    yield pixelBytes(values, channels);
  }
}
