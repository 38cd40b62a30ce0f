import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';

/** A drawn picture: a bright red lump on green ground, in a frame of a size of its own. */
export interface DrawnPicture {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  /** Centre and radii of the lump, pixels. */
  readonly lump: {
    readonly x: number;
    readonly y: number;
    readonly rx: number;
    readonly ry: number;
  };
}

/** Sizes differ, as those of pictures that people collect do. */
export const PICTURES: readonly DrawnPicture[] = Array.from({ length: 6 }, (_, n) => {
  const [columns, rows] = [120 + 20 * n, 160 - 12 * n];
  return {
    name: `case ${n + 1}.png`,
    columns,
    rows,
    lump: { x: columns / 2, y: rows / 2, rx: columns / 6, ry: rows / 6 },
  };
});

/** Whether a pixel belongs to the lump. */
export const isLump = ({ lump: { x, y, rx, ry } }: DrawnPicture, u: number, v: number): boolean =>
  ((u - x) / rx) ** 2 + ((v - y) / ry) ** 2 <= 1;

/** Red, green and blue of a pixel. */
export const colourOf = (picture: DrawnPicture, u: number, v: number): number[] =>
  isLump(picture, u, v) ? [200, 60, (7 * u + 5 * v) % 40] : [40, 90 + ((3 * u + 11 * v) % 40), 30];

/** Writes the pictures into a folder, as PNG files in colour. */
export function writePictures(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const picture of PICTURES) {
    const { name, columns: width, rows: height } = picture;
    const png = new PNG({ width, height, colorType: 2 });
    for (let v = 0; v < height; v++)
      for (let u = 0; u < width; u++)
        png.data.set([...colourOf(picture, u, v), 255], 4 * (u + width * v));
    writeFileSync(join(folder, name), PNG.sync.write(png));
  }
}
