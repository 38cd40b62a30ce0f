import type { VoxelArray } from '../../shared/volume.ts';

/** Every array that files of voxels decode to. */
type StoredVoxels =
  VoxelArray | Int8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** How a voxel is stored. */
export type VoxelType = keyof typeof ARRAYS;

export const bytesOf = (type: VoxelType): number => ARRAYS[type].BYTES_PER_ELEMENT;

/** Bytes of this machine's order as numbers, in their place. @param bytes that begin where their buffer does. */
export const viewAs = (
  type: VoxelType,
  { buffer, length }: Uint8Array<ArrayBuffer>,
): StoredVoxels => new ARRAYS[type](buffer, 0, length / bytesOf(type));

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
