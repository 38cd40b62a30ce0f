import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { readerOf, scanImages, type ImageScan } from '../../src/main/images/index.ts';
import type { ImageInfo, LoadedVolume } from '../../src/shared/image/index.ts';

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

export const volumeOf = (image: ImageInfo): Promise<LoadedVolume> =>
  readerOf(image).readVolume(image, {});

/** Name, status and reason of each file. */
export const outcomesOf = ({ files }: ImageScan): string[][] =>
  files.map(({ path, status, reason }) => [path.split('/').at(-1)!, status, reason]);
