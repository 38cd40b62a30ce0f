import { chance, factor, uniform } from '../../../shared/random-draws.ts';
import type { RandomState } from '../../../shared/random.ts';
import { fillNormal } from '../runtime/noise.ts';

/** An image of 8-bit grey values and any number of 0/1 masks on the same grid, row-major. */
export interface LabelledSlice {
  readonly columns: number;
  readonly rows: number;
  readonly image: Uint8Array;
  readonly masks: readonly Uint8Array[];
}

export interface AugmentOptions {
  /** Of the square result, pixels. */
  readonly side: number;
  /** Whether left and right may be exchanged. */
  readonly flip: boolean;
}

/**
 * Stretches a slice to side × side as inference does, turned by ±20°, scaled and shifted at random;
 * bilinear, half-pixel centres. Masks are interpolated too and cut at ½.
 */
export function warp(
  slice: LabelledSlice,
  state: RandomState,
  { side, flip: mayFlip }: AugmentOptions,
): LabelledSlice {
  const angle = chance(state, 0.5) ? uniform(state, -20, 20) * (Math.PI / 180) : 0;
  const flip = mayFlip && chance(state, 0.5) ? -1 : 1;
  const zoom = factor(state, 1.25);
  const stretch = factor(state, 1.12);
  const cos = Math.cos(angle) / zoom;
  const sin = Math.sin(angle) / zoom;
  const dx = uniform(state, -0.08, 0.08);
  const dy = uniform(state, -0.08, 0.08);
  const { columns, rows, image, masks } = slice;
  const out = new Uint8Array(side * side);
  const cut = masks.map(() => new Uint8Array(side * side));
  for (let y = 0; y < side; y++) {
    const v = (y + 0.5) / side - 0.5 + dy;
    for (let x = 0; x < side; x++) {
      const u = flip * ((x + 0.5) / side - 0.5) + dx;
      const sx = ((cos * u - sin * v) * stretch + 0.5) * columns - 0.5;
      const sy = ((sin * u + cos * v) / stretch + 0.5) * rows - 0.5;
      if (sx < -0.5 || sy < -0.5 || sx > columns - 0.5 || sy > rows - 0.5) continue;
      const x0 = Math.max(0, Math.min(columns - 1, Math.floor(sx)));
      const y0 = Math.max(0, Math.min(rows - 1, Math.floor(sy)));
      const x1 = Math.min(columns - 1, x0 + 1);
      const y1 = Math.min(rows - 1, y0 + 1);
      const tx = Math.max(0, sx - x0);
      const ty = Math.max(0, sy - y0);
      const [a, b, c, d] = [
        y0 * columns + x0,
        y0 * columns + x1,
        y1 * columns + x0,
        y1 * columns + x1,
      ];
      const [wa, wb, wc, wd] = [(1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty];
      const at = y * side + x;
      out[at] = image[a]! * wa + image[b]! * wb + image[c]! * wc + image[d]! * wd + 0.5;
      for (let m = 0; m < masks.length; m++) {
        const mask = masks[m]!;
        if (mask[a]! * wa + mask[b]! * wb + mask[c]! * wc + mask[d]! * wd > 0.5) cut[m]![at] = 1;
      }
    }
  }
  return { columns: side, rows: side, image: out, masks: cut };
}

/** Gamma, contrast, brightness, a slow bias field and noise, in place; the image is square. */
export function disturb(image: Uint8Array, state: RandomState): void {
  const side = Math.sqrt(image.length);
  const gamma = factor(state, 1.4);
  const contrast = factor(state, 1.25);
  const brightness = uniform(state, -20, 20);
  const tone = Float32Array.from(
    { length: 256 },
    (_, v) => (255 * (v / 255) ** gamma - 128) * contrast + 128 + brightness,
  );
  const [bx, by] = [uniform(state, -0.25, 0.25), uniform(state, -0.25, 0.25)];
  const deviation = chance(state, 0.6) ? uniform(state, 0, 10) : 0;
  // A stretch of noise read from a random place is noise enough and much cheaper to draw.
  const noise = new Float32Array(8191);
  fillNormal(state, noise);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      const bias = 1 + bx * (x / side - 0.5) + by * (y / side - 0.5);
      const value = tone[image[at]!]! * bias + deviation * noise[at % 8191]!;
      image[at] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
