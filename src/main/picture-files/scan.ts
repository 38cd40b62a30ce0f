import { MarginaliaError } from '../../shared/errors.ts';
import { groupBy } from '../../shared/group-by.ts';
import type { FileOutcome, ReaderScan, ScanOptions, Source } from '../../shared/image/index.ts';
import { mapLimited } from '../../shared/pool.ts';
import { codeOf } from '../files/index.ts';
import { FILES_AT_ONCE } from './decoder.ts';
import { folderOf, nameOf } from './names.ts';
import { openPicture } from './open-picture.ts';
import { imageOf, type PictureFile, type PictureImage } from './picture-image.ts';
import { filesOfPictures, publishedSplits } from './published-layout.ts';

/** A file of pictures, or what else became of a file; null where it is something else. */
type Looked = PictureFile | FileOutcome | null;

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
  const belonging = filesOfPictures(paths);
  let done = 0;
  const looked = await mapLimited(sources, FILES_AT_ONCE, async (source): Promise<Looked> => {
    signal?.throwIfAborted();
    const { path } = source;
    const reason = belonging.get(path);
    const result: Looked =
      reason === undefined ? await lookAt(source, signal) : { path, status: 'skipped', reason };
    onProgress?.(++done);
    return result;
  });
  const names = new Map(publishedSplits(paths).map(({ folder, name }) => [folder, name]));
  const files = groupBy(looked.filter(isPicture), ({ source }) => folderOf(source.path));
  const images = [...files].map(([folder, inFolder]) =>
    imageOf(inFolder, reader, names.get(folder) ?? nameOf(folder)),
  );
  return withoutCopies(looked, images);
}

const isPicture = (looked: Looked): looked is PictureFile => looked !== null && 'pages' in looked;

async function lookAt(source: Source, signal: AbortSignal | undefined): Promise<Looked> {
  const { path } = source;
  try {
    return await openPicture(source, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const reason =
      error instanceof MarginaliaError
        ? // The outcome names the file already.
          error.message.replace(`${nameOf(path)} `, '').replace(/\.$/, '')
        : `cannot be read (${codeOf(error)})`;
    return { path, status: 'failed', reason };
  }
}

/** The same content twice is one image. */
function withoutCopies(
  looked: readonly Looked[],
  images: readonly PictureImage[],
): ReaderScan<PictureImage> {
  const byId = new Map<string, PictureImage>();
  const outcomes = new Map<string, FileOutcome>();
  for (const image of images) {
    const earlier = byId.get(image.id);
    if (earlier === undefined) byId.set(image.id, image);
    for (const [n, path] of image.files.entries()) {
      outcomes.set(
        path,
        earlier === undefined
          ? { path, status: 'loaded', reason: '' }
          : { path, status: 'skipped', reason: `a copy of ${earlier.files[n]}` },
      );
    }
  }
  return {
    outcomes: looked.map((file) => (isPicture(file) ? outcomes.get(file.source.path)! : file)),
    images: [...byId.values()],
  };
}
