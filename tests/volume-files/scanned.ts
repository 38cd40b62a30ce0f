import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { readerOf, scanImages, type ImageScan } from '../../src/main/images/index.ts';
import { requireGrid, type ImageInfo, type LoadedFrames } from '../../src/shared/image/index.ts';
import type { Grid } from '../../src/shared/volume.ts';

/** A folder that goes when the tests of the file have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-volume-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

let count = 0;

/** Writes files into a folder of their own, and scans it as the application does. */
export async function scanned(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<ImageScan & { readonly at: string }> {
  const at = join(folder, String(count++));
  mkdirSync(at);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(at, name), bytes);
  return { at, ...(await scanImages([at])) };
}

/** All of an image, on its grid. */
export async function volumeOf(image: ImageInfo): Promise<LoadedFrames & { readonly grid: Grid }> {
  const frames = await readerOf(image).readAll(image, {});
  return { ...frames, grid: requireGrid({ ...image, grid: frames.grid }) };
}

/** Name, status and reason of each file. */
export const outcomesOf = ({ files }: ImageScan): string[][] =>
  files.map(({ path, status, reason }) => [path.split('/').at(-1)!, status, reason]);
