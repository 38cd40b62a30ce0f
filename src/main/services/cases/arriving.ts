import { frameOf, type LoadedFrames } from '../../../shared/image/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';

/** The slices of a volume that is being decoded: who wants one waits until it is there. */
export interface Arriving {
  /** @param values of slice k, a view of memory that holds the others at their places. */
  readonly add: (values: VoxelArray, k: number) => void;
  /**
   * Slice k as soon as it is there.
   * @param whole the voxels of all slices, when nothing more will be added; what it throws is thrown.
   */
  readonly slice: (k: number, whole: Promise<LoadedFrames>) => Promise<VoxelArray>;
}

export function createArriving(): Arriving {
  const there = new Set<number>();
  /** The slice that came last: later ones may have moved everything to a wider array. */
  let latest: VoxelArray | undefined;
  let waiting: ((nothing: undefined) => void)[] = [];

  return {
    add(values, k) {
      there.add(k);
      latest = values;
      for (const wake of waiting) wake(undefined);
      waiting = [];
    },
    async slice(k, whole) {
      while (!there.has(k)) {
        const news = new Promise<undefined>((resolve) => waiting.push(resolve));
        const frames = await Promise.race([whole, news]);
        if (frames) return frameOf(frames, k);
      }
      return viewOf(latest!, k);
    },
  };
}

/** Slice k of the memory in which another slice lies. */
function viewOf(other: VoxelArray, k: number): VoxelArray {
  const { buffer, byteLength, length } = other;
  const Type = other.constructor as Int16ArrayConstructor;
  return new Type(buffer as ArrayBuffer, k * byteLength, length);
}
