import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contentDigest, listingDigest, type DropFile } from '../../../shared/drop-digest.ts';

/** Finds copies of earlier drops, so that the same content is not copied twice. */
export interface DropIndex {
  /**
   * The copy whose files have these names and sizes; its digest identifies the content.
   * @param listing as `listingDigest` gives it.
   */
  readonly find: (listing: string) => Promise<{ path: string; digest: string } | null>;
}

/**
 * @param root folder of all drops; `isPart` recognises the name of one that is still being received.
 */
export function dropIndex(root: string, isPart: (name: string) => boolean): DropIndex {
  /** By folder: what is in a copy does not change. */
  const listings = new Map<string, string>();

  async function listingOf(folder: string): Promise<string> {
    const cached = listings.get(folder);
    if (cached !== undefined) return cached;
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
          const stored = await listingOf(path).catch(() => undefined);
          if (stored !== listing) continue;
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
