import { setImmediate } from 'node:timers/promises';
import type { AnnotationResult } from '../result.ts';
import { chooseSlices, labelledSlices } from '../contact-sheet.ts';
import { rgbOf } from '../../../shared/label-colours.ts';
import { frameSize, frameValues } from '../pictures/frame-values.ts';
import { createCanvas } from '../preview/canvas.ts';
import { pngBytes } from '../preview/png.ts';
import { drawOutlines, drawSlice, tileSize } from '../preview/tiles.ts';

/** A slice with the outlines of its labels. */
export interface Picture {
  /** From 0. */
  readonly slice: number;
  readonly caption: string;
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** The longer side, in pixels. */
const LONGEST = 360;
const MOST = 6;

/**
 * The most and the least doubtful slices, where the model was asked about all; else some of those that
 * hold a label, evenly. In the order of the slices.
 */
export async function drawPictures(result: AnnotationResult): Promise<Picture[]> {
  const { image, labelMap, labels, window } = result;
  const { raster, channels, inverted } = image;
  const colours = new Map(labels.map(({ value, colour }) => [value, rgbOf(colour)]));
  const pictures: Picture[] = [];
  for (const { slice, caption } of choose(result)) {
    const [columns, rows] = frameSize(image, slice);
    const [dx, dy] = image.frames?.[slice]?.spacing?.mm ?? raster.spacing;
    const tile = { x: 0, y: 0, ...tileSize([columns * dx, rows * dy], LONGEST) };
    const canvas = createCanvas(tile.width, tile.height, [0, 0, 0]);
    const pixels = frameValues(image.data, image, slice, channels);
    drawSlice(canvas, tile, { columns, rows, pixels, channels, inverted }, window);
    const mask = frameValues(labelMap, image, slice);
    drawOutlines(canvas, tile, { columns, rows, pixels: mask }, colours);
    pictures.push({
      slice,
      caption,
      width: tile.width,
      height: tile.height,
      png: await pngBytes(canvas),
    });
    await setImmediate();
  }
  return pictures;
}

function choose(result: AnnotationResult): Pick<Picture, 'slice' | 'caption'>[] {
  const { suggestion, labelMap, image } = result;
  const { size } = image.raster;
  const holdsLabel = labelledSlices(labelMap, size);
  if (suggestion !== null) {
    const { worst, best } = chooseSlices(suggestion.slices, holdsLabel);
    return [
      ...worst.map((slice) => ({ slice, caption: 'most doubtful' })),
      ...best.map((slice) => ({ slice, caption: 'least doubtful with a label' })),
    ].sort((a, b) => a.slice - b.slice);
  }
  const all = Array.from({ length: size[2] }, (_, k) => k);
  const labelled = all.filter(holdsLabel);
  const from = labelled.length > 0 ? labelled : [size[2] >> 1];
  const count = Math.min(MOST, from.length);
  const chosen = Array.from(
    { length: count },
    (_, n) => from[Math.floor(((n + 0.5) * from.length) / count)]!,
  );
  return chosen.map((slice) => ({ slice, caption: labelled.length > 0 ? 'with a label' : '' }));
}
