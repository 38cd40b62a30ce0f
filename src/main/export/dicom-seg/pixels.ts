import { setImmediate } from 'node:timers/promises';
import type { SegFrame } from './frames.ts';
import type { DicomSegmentation } from './types.ts';

/** Of a slice. */
const pixelsOf = ({ raster: { size } }: DicomSegmentation['image']): number => size[0] * size[1];

/** Pixels of a label map: the labels' own values, of one byte, frame after frame. */
export async function* labelPixels(
  { image, labelMap, labels }: DicomSegmentation,
  frames: readonly SegFrame[],
): AsyncGenerator<Uint8Array> {
  const pixels = pixelsOf(image);
  const known = new Set(labels.map(({ value }) => value));
  for (const { slice } of frames) {
    const values = labelMap.subarray(slice * pixels, (slice + 1) * pixels);
    yield Uint8Array.from(values, (v) => (known.has(v) ? v : 0));
    await setImmediate();
  }
  if ((pixels * frames.length) % 2 === 1) yield new Uint8Array(1);
}

/**
 * Pixels of one bit, the first in the lowest bit of a byte, frame after frame without a gap even
 * inside a byte: PS3.5 8.1.1.
 */
export async function* bitPixels(
  { image, labelMap, labels }: DicomSegmentation,
  frames: readonly SegFrame[],
): AsyncGenerator<Uint8Array> {
  const pixels = pixelsOf(image);
  /** Bits of the last byte, which is not full. */
  let [rest, have] = [0, 0];
  let bytes = 0;
  for (const { slice, segment } of frames) {
    const { value } = labels[segment! - 1]!;
    const out = new Uint8Array((have + pixels) >> 3);
    let at = 0;
    for (let i = slice * pixels; i < (slice + 1) * pixels; i++) {
      if (labelMap[i] === value) rest |= 1 << have;
      if (++have < 8) continue;
      out[at++] = rest;
      [rest, have] = [0, 0];
    }
    yield out;
    bytes += out.length;
    await setImmediate();
  }
  if (have > 0) yield Uint8Array.of(rest);
  if ((bytes + (have > 0 ? 1 : 0)) % 2 === 1) yield new Uint8Array(1);
}
