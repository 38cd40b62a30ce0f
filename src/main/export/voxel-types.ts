import type { VoxelArray } from '../../shared/volume.ts';

/** Every array that files of voxels decode to. */
export type StoredVoxels =
  VoxelArray | Int8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/**
 * Stored values in a type that a volume holds. Types that it holds pass as they are; wider integers
 * (labels are often stored so) become int32 where every value fits, since float32 would lose
 * integers beyond 2^24; everything else becomes float32.
 */
export function toVoxelArray(stored: StoredVoxels): VoxelArray {
  if (stored instanceof Int8Array) return Int16Array.from(stored);
  if (stored instanceof Float64Array) return Float32Array.from(stored);
  if (
    stored instanceof Uint32Array ||
    stored instanceof BigInt64Array ||
    stored instanceof BigUint64Array
  ) {
    const integers = new Int32Array(stored.length);
    for (let n = 0; n < integers.length; n++) {
      const value = Number(stored[n]);
      integers[n] = value;
      if (integers[n] !== value) {
        return Float32Array.from({ length: stored.length }, (_, m) => Number(stored[m]));
      }
    }
    return integers;
  }
  return stored;
}
