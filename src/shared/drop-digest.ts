/** A file of a drop: where it was below what was dropped, and its bytes. */
export interface DropFile {
  /** With slashes. */
  readonly path: string;
  readonly size: number;
  /** Bytes from the first to before the second offset. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What is hashed at once: no file has to fit into memory. */
const PIECE = 4 * 2 ** 20;

/**
 * SHA-256 of the names and sizes of the files of a drop, in hex: what is the same in two drops of the
 * same content, known without reading it.
 */
export const listingDigest = (files: readonly Pick<DropFile, 'path' | 'size'>[]): Promise<string> =>
  sha256(
    sorted(files)
      .map(({ path, size }) => `${path.normalize()}\0${size}`)
      .join('\n'),
  );

/** SHA-256 over names and contents of the files of a drop, in hex. @param onBytes called with the bytes read so far. */
export async function contentDigest(
  files: readonly DropFile[],
  onBytes: (count: number) => void = () => undefined,
): Promise<string> {
  const lines: string[] = [];
  for (const { path, size, read } of sorted(files)) {
    lines.push(path.normalize());
    for (let from = 0; from < size; from += PIECE) {
      const bytes = await read(from, Math.min(size, from + PIECE));
      lines.push(await sha256(bytes));
      onBytes(bytes.length);
    }
  }
  return sha256(lines.join('\n'));
}

const sorted = <T extends { readonly path: string }>(files: readonly T[]): T[] =>
  files
    .map((file) => ({ file, name: file.path.normalize() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ file }) => file);

async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
