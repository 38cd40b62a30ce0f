import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contentDigest, listingDigest, type DropFile } from '../../../shared/drop-digest.ts';

/** Copies of drops that are there already. */
export interface KnownDrops {
  /**
   * The copy whose files have these names and sizes; what is in it, its digest tells.
   * @param listing as `listingDigest` gives it.
   */
  readonly find: (listing: string) => Promise<{ path: string; digest: string } | null>;
}

/**
 * @param root folder of all drops; what is being received has a name that `isPart` knows.
 */
export function knownDrops(root: string, isPart: (name: string) => boolean): KnownDrops {
  /** By folder: what is in a copy does not change. */
  const listings = new Map<string, string>();

  async function listingOf(folder: string): Promise<string> {
    const known = listings.get(folder);
    if (known !== undefined) return known;
    const listing = await listingDigest(await filesOf(folder));
    listings.set(folder, listing);
    return listing;
  }

  return {
    async find(listing) {
      for (const name of await readdir(root)) {
        if (isPart(name)) continue;
        // The folder with the title lies in one with the drop's name.
        for (const title of await readdir(join(root, name)).catch(() => [])) {
          const path = join(root, name, title);
          // Another window may forget it meanwhile.
          const found = await listingOf(path).catch(() => undefined);
          if (found !== listing) continue;
          const digest = await filesOf(path)
            .then((files) => contentDigest(files))
            .catch(() => undefined);
          if (digest !== undefined) return { path, digest };
        }
      }
      return null;
    },
  };
}

async function filesOf(folder: string): Promise<DropFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      return {
        path: relative(folder, file).split(sep).join('/'),
        size: (await stat(file)).size,
        read: (from: number, to: number) => readPart(file, from, to),
      };
    }),
  );
}

async function readPart(file: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(file);
  try {
    const bytes = new Uint8Array(to - from);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
