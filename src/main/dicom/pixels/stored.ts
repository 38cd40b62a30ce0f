/** Stored values (PS3.3 C.7.6.3.1): before rescale, in the narrowest type that holds them. */
export type StoredValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Where a value lies in its cell, and whether it is two's complement: PS3.5 section 8.1.1. */
export interface Cell {
  readonly bitsAllocated: 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/**
 * Cells as read → stored values: bits outside the value (overlays, garbage) dropped, the sign
 * extended. The cells stay as they are; where they are the values, the values lie in their memory.
 */
export function extendBits(
  cells: Uint8Array | Uint16Array | Uint32Array,
  cell: Cell,
): StoredValues {
  const { bitsAllocated, bitsStored, highBit, signed } = cell;
  const same = signed ? signedView(cells) : cells;
  if (bitsStored === bitsAllocated) return same;
  const out = new (same.constructor as Int16ArrayConstructor)(cells.length);
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  if (signed) for (let i = 0; i < cells.length; i++) out[i] = (cells[i]! << left) >> right;
  else for (let i = 0; i < cells.length; i++) out[i] = (cells[i]! << left) >>> right;
  return out;
}

function signedView(
  cells: Uint8Array | Uint16Array | Uint32Array,
): Int8Array | Int16Array | Int32Array {
  const { buffer, byteOffset, length } = cells;
  if (cells instanceof Uint8Array) return new Int8Array(buffer, byteOffset, length);
  if (cells instanceof Uint16Array) return new Int16Array(buffer, byteOffset, length);
  return new Int32Array(buffer, byteOffset, length);
}
