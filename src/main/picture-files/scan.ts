import { createHash } from 'node:crypto';
import { MarginaliaError } from '../../shared/errors.ts';
import type { FileOutcome, ReaderScan, ScanOptions, Source } from '../../shared/image/index.ts';
import { groupBy } from '../../shared/group-by.ts';
import { mapLimited } from '../../shared/pool.ts';
import { codeOf } from '../files/index.ts';
import { FILES_AT_ONCE, readHeaders } from './decoder.ts';
import { formatOf, hasEnd, MAGIC_BYTES, PICTURE_FILE } from './format.ts';
import { folderOf, nameOf } from './names.ts';
import { imageOf, type PictureFile, type PictureImage } from './picture-image.ts';
import { filesOfPictures, publishedSplits } from './published-layout.ts';
import type { PageHeader } from './thread/page.ts';

/** Larger pictures than 8192 × 8192 are slides of microscopes, which need another way to be looked at. */
const MOST_PIXELS = 2 ** 26;
/** Of a file: it is read whole. */
const MOST_BYTES = 2 ** 30;
/** What a Mac leaves beside files on drives of others. */
const RESOURCE_FORK = /^\._/;

/**
 * Reads the headers of the files that are pictures by their first bytes, and the bytes of each once for its
 * hash: what became of every source (null: it is something else), and an image for each folder.
 * @throws the signal's reason when aborted.
 */
export async function scanPictures(
  sources: readonly Source[],
  reader: string,
  { signal, onProgress }: ScanOptions,
): Promise<ReaderScan<PictureImage>> {
  const paths = sources.map(({ path }) => path);
  const besides = filesOfPictures(paths);
  let done = 0;
  const read = await mapLimited(sources, FILES_AT_ONCE, async (source) => {
    signal?.throwIfAborted();
    const belonging = besides.get(source.path);
    const result: PictureFile | FileOutcome | null =
      belonging === undefined
        ? await readOne(source, signal)
        : { path: source.path, status: 'skipped', reason: belonging };
    onProgress?.(++done);
    return result;
  });
  const names = setNames(paths);
  const nameOfSet = (folder: string): string => names.get(folder) ?? nameOf(folder);
  const files = read.filter((result) => result !== null && 'digest' in result);
  const outcomes = new Map<string, FileOutcome>();
  const images = new Map<string, PictureImage>();
  for (const inFolder of groupBy(files, ({ source }) => folderOf(source.path)).values()) {
    const image = imageOf(inFolder, reader, nameOfSet);
    const earlier = images.get(image.id);
    image.files.forEach((path, n) => {
      outcomes.set(
        path,
        earlier === undefined
          ? { path, status: 'loaded', reason: '' }
          : { path, status: 'skipped', reason: `a copy of ${earlier.files[n]}` },
      );
    });
    if (earlier === undefined) images.set(image.id, image);
  }
  return {
    outcomes: read.map((result) =>
      result !== null && 'digest' in result ? outcomes.get(result.source.path)! : result,
    ),
    images: [...images.values()],
  };
}

/** The names of folders that are parts of published data sets. */
function setNames(paths: readonly string[]): Map<string, string> {
  return new Map(
    publishedSplits(paths).map(({ name, pictures }) => [folderOf(pictures[0]!.path), name]),
  );
}

/** Null where the file is no picture. */
async function readOne(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<PictureFile | FileOutcome | null> {
  const { path } = source;
  const name = nameOf(path);
  const failed = (reason: string): FileOutcome => ({ path, status: 'failed', reason });
  try {
    const format = formatOf(await source.read(MAGIC_BYTES));
    const isNamed = PICTURE_FILE.test(name) && !RESOURCE_FORK.test(name);
    if (format === undefined)
      return isNamed ? failed('is named as a picture, but is no PNG, JPEG, TIFF or BMP') : null;
    // Two letters alone may begin anything.
    if (format === 'BMP' && !isNamed) return null;
    if (source.size > MOST_BYTES) return failed('is larger than 1 GiB, and would be read whole');
    const bytes = await source.read();
    if (!hasEnd(bytes, format)) return failed(`is cut off: the end of the ${format} is missing`);
    const pages = await readHeaders(bytes, format, name, signal);
    const problem = pages.map(problemOf).find((text) => text !== undefined);
    if (problem !== undefined) return failed(problem);
    return { source, format, digest: digestOf(bytes), pages };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MarginaliaError)
      return failed(error.message.replace(`${name} `, '').replace(/\.$/, ''));
    return failed(`cannot be read (${codeOf(error)})`);
  }
}

/** Looked at before memory is taken. */
function problemOf({ columns, rows }: PageHeader): string | undefined {
  return columns * rows <= MOST_PIXELS
    ? undefined
    : `says that it has ${columns} × ${rows} pixels; up to ${MOST_PIXELS} are read`;
}

const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 32);
