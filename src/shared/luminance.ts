/**
 * Grey of an interleaved colour picture: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in whole numbers.
 * @param stride samples a pixel: 3, or 4 where a further one follows.
 */
export function luminance(pixels: ArrayLike<number>, stride: 3 | 4 = 3): Uint8Array<ArrayBuffer> {
  const grey = new Uint8Array(pixels.length / stride);
  for (let n = 0, at = 0; n < grey.length; n++, at += stride) {
    grey[n] = (77 * pixels[at]! + 150 * pixels[at + 1]! + 29 * pixels[at + 2]! + 128) >> 8;
  }
  return grey;
}
