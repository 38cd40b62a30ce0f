import { displayMap } from '../shared/geometry/index.ts';
import { frameSize, type Raster } from '../shared/image/index.ts';
import { brightness, windowRange } from '../shared/windowing.ts';
import { channelsOf } from './viewer/index.ts';
import type { Triple, Window } from '../shared/volume.ts';
import type { OpenVolume } from './stores/volume-store.ts';

/** What is drawn of a slice. */
export interface SlicePicture {
  readonly volume: OpenVolume;
  readonly window: Window;
  readonly index: number;
  /** Label values, [rows, columns] as the slice is stored. */
  readonly labels: Uint8Array;
  /** Red, green, blue by label value; labels without one are not drawn. */
  readonly colours: ReadonlyMap<number, Triple>;
}

const FILL = 0.35;

/**
 * Draws a slice as it is displayed, one canvas pixel a voxel: grey values within the window or colours,
 * labels filled and outlined over them.
 * @param longest pixels of the longer side, at most: beyond, every n-th voxel is drawn.
 */
export function drawSlice(
  canvas: HTMLCanvasElement,
  picture: SlicePicture,
  longest = Infinity,
): void {
  const { volume, window, index, labels, colours } = picture;
  const { raster } = volume;
  const [nx, ny] = raster.size;
  const { order, flip } = displayMap(raster);
  const size = frameSize(raster, index);
  const [columns, rows] = [size[order[0]!]!, size[order[1]!]!];
  const step = Math.max(1, Math.ceil(Math.max(columns, rows) / longest));
  const [width, height] = [Math.ceil(columns / step), Math.ceil(rows / step)];
  const context = canvas.getContext('2d');
  if (!context) return;
  [canvas.width, canvas.height] = [width, height];
  const image = context.createImageData(width, height);
  const shade = shader(volume, window);
  const at = (x: number, y: number): number => {
    const place = [0, 0];
    place[order[0]!] = flip[0] ? columns - 1 - x * step : x * step;
    place[order[1]!] = flip[1] ? rows - 1 - y * step : y * step;
    return place[0]! + nx * place[1]!;
  };
  const labelAt = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : labels[at(x, y)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = labelAt(x, y);
      const shown = shade(index * nx * ny + at(x, y));
      const colour = colours.get(label);
      const isBorder =
        colour !== undefined &&
        (labelAt(x - 1, y) !== label ||
          labelAt(x + 1, y) !== label ||
          labelAt(x, y - 1) !== label ||
          labelAt(x, y + 1) !== label);
      const share = colour ? (isBorder ? 1 : FILL) : 0;
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * (x + width * y) + channel] =
          shown[channel]! * (1 - share) + (colour?.[channel] ?? 0) * share;
      }
      image.data[4 * (x + width * y) + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Width by height of a slice as it is displayed, in lengths. */
export function shownAspect(raster: Raster, index: number): number {
  const { order } = displayMap(raster);
  const size = frameSize(raster, index);
  const length = (n: 0 | 1): number => size[order[n] as 0 | 1] * raster.spacing[order[n] as 0 | 1];
  return length(0) / length(1);
}

/** Red, green and blue of a pixel as it is displayed. */
function shader({ pixels, info }: OpenVolume, window: Window): (n: number) => Triple {
  if (pixels instanceof Uint32Array) return (n) => channelsOf(pixels[n]!);
  const range = windowRange(window);
  return (n) => {
    const light = brightness(pixels[n]!, range);
    const grey = 255 * (info.inverted ? 1 - light : light);
    return [grey, grey, grey];
  };
}
