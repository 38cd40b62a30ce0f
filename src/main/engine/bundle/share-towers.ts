import { linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileDigest, readModelJson } from './bundle.ts';
import { identify } from './identity.ts';
import type { ModelJson } from './model-json.ts';

/*
 * Checkpoints of one backbone have the same frozen towers, which are nine tenths of a bundle. They are
 * kept once: a hard link makes two bundles share a file. Each bundle stays a whole folder that can be
 * opened, moved, copied and removed without the others; the file system frees the towers with the last
 * bundle that has them, so that nothing has to be counted and no crash can leave the count wrong.
 * Where the file system has no hard links (FAT, some network drives), each bundle has its own copy.
 */

/**
 * Replaces the towers of a bundle by links to equal ones of other bundles. The bundle is whole at every
 * moment. A file that others have is linked only after its content was checked.
 * @param others folders of bundles; those that cannot be read are left out.
 * @returns bytes that the bundle shares.
 * @throws MarginaliaError as readModelJson.
 */
export async function shareTowers(folder: string, others: readonly string[]): Promise<number> {
  let shared = 0;
  for (const [file, { sha256, bytes }] of towersOf(readModelJson(folder))) {
    const donor = await findTowers(sha256, bytes, others);
    if (donor !== undefined && replaceByLink(join(folder, file), donor)) shared += bytes;
  }
  return shared;
}

/**
 * Where towers with this content lie, checked.
 * @param sha256 lower-case hexadecimal digits.
 * @param folders bundles to look in.
 */
export async function findTowers(
  sha256: string,
  bytes: number,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      const listed = towersOf(readModelJson(folder)).find(([, other]) => other.sha256 === sha256);
      if (listed === undefined || listed[1].bytes !== bytes) continue;
      const path = join(folder, listed[0]);
      if ((await fileDigest(path)).sha256 === sha256) return path;
    } catch {
      // A bundle that cannot be read lends nothing.
    }
  }
  return undefined;
}

type Listed = readonly [file: string, content: ModelJson['files'][string]];

/** The frozen towers of a bundle, in every precision. */
function towersOf(json: ModelJson): Listed[] {
  return identify(json).variants.flatMap(({ file }): Listed[] => {
    const content = json.files[file];
    return content === undefined ? [] : [[file, content]];
  });
}

/** @returns whether both are one file now; the file is as it was where they cannot be. */
function replaceByLink(file: string, donor: string): boolean {
  if (isSameFile(file, donor)) return true;
  const link = `${file}.link-${process.pid}`;
  try {
    linkSync(donor, link);
    renameSync(link, file);
    return true;
  } catch {
    rmSync(link, { force: true });
    return false;
  }
}

/** Whether two paths are links to one file; false where there is none. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) =>
    statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
