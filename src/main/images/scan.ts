import { MarginaliaError } from '../../shared/errors.ts';
import type { FileOutcome, ImageInfo, ScanOptions, Source } from '../../shared/image/index.ts';
import { findSources, type Candidate, type MayRead } from '../files/index.ts';
import { READERS } from './readers.ts';

export interface ImageScan {
  /** In the order of their names. */
  readonly files: readonly FileOutcome[];
  readonly images: readonly ImageInfo[];
}

export interface ImageScanOptions extends ScanOptions {
  /** Which files may be read at all; links to others are skipped. Default: all. */
  readonly mayRead?: MayRead;
}

/** What is said of a file that no reader knows. */
const UNKNOWN = 'not an image file that can be read';

/**
 * Reads the headers of everything below the paths (folders, files, zips), without pixels: what
 * became of every file, and the images; there may be none. A file goes to the first reader that knows
 * it. The result does not depend on the order of the files.
 * @throws MarginaliaError `no-such-path`, `no-dicom-found` where every file is something else; the
 *   signal's reason when aborted.
 */
export async function scanImages(
  paths: readonly string[],
  { mayRead, onProgress, signal }: ImageScanOptions = {},
): Promise<ImageScan> {
  const candidates: Candidate[] = [];
  for await (const item of findSources(paths, filesNamedBy, mayRead)) {
    signal?.throwIfAborted();
    candidates.push(item);
  }
  const outcomes = candidates.map((item): FileOutcome | null => (isSource(item) ? null : item));
  const images: ImageInfo[] = [];
  for (const reader of READERS) {
    const open = [...outcomes.keys()].filter((n) => outcomes[n] === null);
    const settled = candidates.length - open.length;
    const scan = await reader.scan(open.map((n) => candidates[n]!).filter(isSource), {
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (files) => onProgress(settled + files) }),
    });
    scan.outcomes.forEach((outcome, at) => (outcomes[open[at]!] = outcome));
    images.push(...scan.images);
  }
  const isRecognised = candidates.some(
    (item, n) => outcomes[n] && (isSource(item) || outcomes[n].status === 'failed'),
  );
  if (!isRecognised) throw nothingFound(candidates.length, paths);
  const files = candidates.map(
    ({ path }, n): FileOutcome => outcomes[n] ?? { path, status: 'skipped', reason: UNKNOWN },
  );
  return { files, images };
}

const isSource = (item: Candidate): item is Source => 'read' in item;

async function filesNamedBy(path: string): Promise<string[]> {
  const named = await Promise.all(READERS.map((reader) => reader.filesNamedBy?.(path) ?? []));
  return named.flat();
}

/** Where there is nothing to say of any file, the folder is a wrong one. */
const nothingFound = (files: number, paths: readonly string[]): MarginaliaError =>
  new MarginaliaError(
    'no-dicom-found',
    `There is no image file that can be read in ${paths.join(', ')} (${files === 1 ? '1 file' : `${files} files`} looked at).`,
    'Give the folder, files or zip of a DICOM series, NIfTI, NRRD or MetaImage files, or pictures (PNG, JPEG, TIFF, BMP).',
  );

/** @throws MarginaliaError `no-dicom-images`, with the reasons, where nothing was loaded. */
export function requireImages({ files, images }: ImageScan, paths: readonly string[]): void {
  if (images.length > 0) return;
  const reasons = [...new Set(files.map(({ reason }) => reason))];
  throw new MarginaliaError(
    'no-dicom-images',
    `No image in ${paths.join(', ')} can be loaded: ${reasons.slice(0, 3).join('; ')}.`,
    '`marginalia series <path> --json` says what became of every file.',
  );
}
