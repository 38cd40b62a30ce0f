/*
 * Written here because decodeRle of dcmjs-codecs 0.0.8 takes frames that are cut off for whole: a
 * segment that ends early, one segment instead of two, or an empty frame come back filled with zeros.
 * Here each of them is an error, which the reader of a damaged file must hear of.
 */

/**
 * One RLE frame → its cells, little endian: PS3.5 Annex G. A segment holds one byte of every
 * cell, of one sample after the other, the most significant first; one-bit pixels are packed into one
 * segment. Samples of a pixel come to lie side by side.
 * @param cells.bytes a cell takes.
 * @param cells.samples a pixel has; with the bytes, they say how many segments a frame must have.
 * @param length bytes a segment must decode to.
 * @returns undefined where the segments are not those, or end too early.
 */
export function decodeRle(
  frame: Uint8Array,
  { bytes, samples }: { readonly bytes: number; readonly samples: number },
  length: number,
): Uint8Array | undefined {
  if (frame.length < 64) return undefined;
  const segments = bytes * samples;
  const header = new DataView(frame.buffer, frame.byteOffset, 64);
  // The header has room for 15.
  if (segments > 15 || header.getUint32(0, true) !== segments) return undefined;
  const out = new Uint8Array(segments * length);
  for (let s = 0; s < segments; s++) {
    const start = header.getUint32(4 + 4 * s, true);
    const next = s + 1 < segments ? header.getUint32(8 + 4 * s, true) : frame.length;
    if (start < 64 || next < start) return undefined;
    const segment = frame.subarray(start, next);
    const sample = Math.floor(s / bytes);
    const first = sample * bytes + bytes - 1 - (s % bytes);
    if (!unpackSegment(segment, out, first, segments)) return undefined;
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
