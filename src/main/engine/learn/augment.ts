import { chance, factor, uniform } from '../../../shared/random-draws.ts';
import type { RandomState } from '../../../shared/random.ts';
import type { Picture } from '../preprocess.ts';
import { fillNormal } from '../runtime/noise.ts';

/** A picture and any number of 0/1 masks on the same grid, row-major. */
export interface LabelledSlice {
  readonly picture: Picture;
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
 * bilinear, half-pixel centres; black where it was nothing. Masks are interpolated too and cut at ½.
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
  const { masks } = slice;
  const { channels, columns, rows, values } = slice.picture;
  const out = new Uint8Array(side * side * channels);
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
      for (let k = 0; k < channels; k++) {
        const value = (pixel: number): number => values[pixel * channels + k]!;
        out[at * channels + k] =
          value(a) * wa + value(b) * wb + value(c) * wc + value(d) * wd + 0.5;
      }
      for (let m = 0; m < masks.length; m++) {
        const mask = masks[m]!;
        if (mask[a]! * wa + mask[b]! * wb + mask[c]! * wc + mask[d]! * wd > 0.5) cut[m]![at] = 1;
      }
    }
  }
  return { picture: { channels, columns: side, rows: side, values: out }, masks: cut };
}

/**
 * Gamma, contrast, brightness, a slow bias field and noise. Of colour they change the brightest
 * channel, and the others in proportion to it (the value of HSV): hue and saturation tell tissues
 * apart and stay.
 */
export function disturb(picture: Picture, state: RandomState): Picture {
  const { channels, columns, rows, values } = picture;
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
  const out = new Uint8Array(values.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * columns + x;
      const first = at * channels;
      let brightest = values[first]!;
      for (let k = 1; k < channels; k++) brightest = Math.max(brightest, values[first + k]!);
      const bias = 1 + bx * (x / columns - 0.5) + by * (y / rows - 0.5);
      const wanted = tone[brightest]! * bias + deviation * noise[at % 8191]!;
      const value = wanted < 0 ? 0 : wanted > 255 ? 255 : wanted;
      for (let k = 0; k < channels; k++) {
        // Black has no hue: all its channels are brightened alike.
        const share = brightest === 0 ? 1 : values[first + k]! / brightest;
        out[first + k] = share * value;
      }
    }
  }
  return { ...picture, values: out };
}
