export interface NiftiParts {
  readonly values: Int16Array | Float32Array;
  readonly size: readonly [number, number, number];
  readonly volumes?: number;
  /** Rows of the sform, RAS; null: the code says that there is none. */
  readonly sform?: readonly number[] | null;
  readonly slope?: number;
  readonly intercept?: number;
  readonly datatype?: number;
  readonly magic?: string;
}

/** A NIfTI-1 file made by hand, so that it can be wrong. */
export function niftiFile({
  values,
  size,
  volumes,
  sform = [-2, 0, 0, 0, 0, -3, 0, 0, 0, 0, 4, 0],
  slope = 0,
  intercept = 0,
  datatype = values instanceof Int16Array ? 4 : 16,
  magic = 'n+1',
}: NiftiParts): Buffer {
  const bytes = Buffer.alloc(352 + values.byteLength);
  bytes.writeInt32LE(348, 0);
  const dims = volumes === undefined ? [3, ...size, 1] : [4, ...size, volumes];
  dims.forEach((n, at) => bytes.writeInt16LE(n, 40 + 2 * at));
  bytes.writeInt16LE(datatype, 70);
  bytes.writeInt16LE(8 * values.BYTES_PER_ELEMENT, 72);
  [1, 2, 3, 4].forEach((mm, at) => bytes.writeFloatLE(mm, 76 + 4 * at));
  [352, slope, intercept].forEach((v, at) => bytes.writeFloatLE(v, 108 + 4 * at));
  bytes[123] = 2;
  bytes.writeInt16LE(sform === null ? 0 : 1, 254);
  (sform ?? []).forEach((v, at) => bytes.writeFloatLE(v, 280 + 4 * at));
  bytes.write(`${magic}\0`, 344, 'latin1');
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 352);
  return bytes;
}
