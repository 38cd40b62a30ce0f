/*
 * Written here because decodeRle of dcmjs-codecs 0.0.8 takes frames that are cut off for whole: a
 * segment that ends early, one segment instead of two, or an empty frame come back filled with zeros.
 * Here each of them is an error, which the reader of a damaged file must hear of.
 */

/**
 * One RLE frame → its cells, little endian: PS3.5 Annex G. A segment holds one byte of every
 * cell, the most significant first; one-bit pixels are packed into one segment.
 * @param bytesPerCell segments a frame must have.
 * @param length bytes a segment must decode to.
 * @returns undefined where the segments are not those, or end too early.
 */
export function decodeRle(
  frame: Uint8Array,
  bytesPerCell: number,
  length: number,
): Uint8Array | undefined {
  if (frame.length < 64) return undefined;
  const header = new DataView(frame.buffer, frame.byteOffset, 64);
  if (header.getUint32(0, true) !== bytesPerCell) return undefined;
  const out = new Uint8Array(bytesPerCell * length);
  for (let s = 0; s < bytesPerCell; s++) {
    const start = header.getUint32(4 + 4 * s, true);
    const next = s + 1 < bytesPerCell ? header.getUint32(8 + 4 * s, true) : frame.length;
    if (start < 64 || next < start) return undefined;
    const segment = frame.subarray(start, next);
    if (!unpackSegment(segment, out, bytesPerCell - 1 - s, bytesPerCell)) return undefined;
  }
  return out;
}

/** PackBits (Annex G.3.2) into every `step`th byte of `out`; whether all of them were filled. */
function unpackSegment(segment: Uint8Array, out: Uint8Array, first: number, step: number): boolean {
  let to = first;
  let at = 0;
  while (to < out.length) {
    const control = segment[at++];
    if (control === undefined) return false;
    if (control === 128) continue;
    const literal = control < 128;
    const count = literal ? control + 1 : 257 - control;
    if (at + (literal ? count : 1) > segment.length) return false;
    for (let i = 0; i < count && to < out.length; i++, to += step) {
      out[to] = segment[literal ? at + i : at]!;
    }
    at += literal ? count : 1;
  }
  return true;
}
