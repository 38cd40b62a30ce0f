import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll } from 'vitest';
import { scanImages, type ImageScan } from '../../src/main/images/index.ts';

/** A folder that goes when the tests of the file have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-pictures-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes files, by their paths within it, into a folder. */
export function written(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

let count = 0;

/** Writes files into a folder of their own, and scans it as the application does. */
export async function scanned(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<ImageScan & { readonly at: string }> {
  const at = written(join(folder, String(count++)), files);
  return { at, ...(await scanImages([at])) };
}

/** Name, status and reason of each file. */
export const outcomesOf = ({ files }: Pick<ImageScan, 'files'>): string[][] =>
  files.map(({ path, status, reason }) => [path.split('/').at(-1)!, status, reason]);

/** A grey PNG whose pixel n has the value `first + n`. */
export function greyPng(columns: number, rows: number, first = 0): Buffer {
  const data = Buffer.from(Array.from({ length: columns * rows }, (_, n) => (first + n) & 255));
  return encoded(columns, rows, data, 0);
}

/** A colour PNG, all of whose pixels are the same. */
export function colourPng(
  columns: number,
  rows: number,
  colour: readonly [number, number, number],
): Buffer {
  const data = Buffer.from(Array.from({ length: columns * rows }, () => colour).flat());
  return encoded(columns, rows, data, 2);
}

function encoded(width: number, height: number, data: Buffer, colorType: 0 | 2): Buffer {
  const png = new PNG({ width, height });
  png.data = data;
  return PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: false });
}

/** An uncompressed grey TIFF of 8 bits, a page for each of the given ones. */
export function greyTiff(
  pages: readonly {
    readonly columns: number;
    readonly rows: number;
    readonly pixels: Uint8Array;
  }[],
): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let end = 8;
  // Where the place of the next page is written.
  let link: [Buffer, number] = [parts[0]!, 4];
  for (const { columns, rows, pixels } of pages) {
    const tags = [
      [256, columns],
      [257, rows],
      [258, 8],
      [259, 1],
      [262, 1],
      [273, end],
      [277, 1],
      [278, rows],
      [279, pixels.length],
    ] as const;
    const directory = Buffer.alloc(2 + 12 * tags.length + 4);
    directory.writeUInt16LE(tags.length);
    tags.forEach(([tag, value], n) => {
      directory.writeUInt16LE(tag, 2 + 12 * n);
      directory.writeUInt16LE(4, 4 + 12 * n);
      directory.writeUInt32LE(1, 6 + 12 * n);
      directory.writeUInt32LE(value, 10 + 12 * n);
    });
    const body = Buffer.concat([pixels, Buffer.alloc(pixels.length % 2)]);
    link[0].writeUInt32LE(end + body.length, link[1]);
    link = [directory, directory.length - 4];
    parts.push(body, directory);
    end += body.length + directory.length;
  }
  return Buffer.concat(parts);
}
