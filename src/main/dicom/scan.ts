import { createHash } from 'node:crypto';
import { MarginaliaError } from '../../shared/errors.ts';
import { readHeader, truncatedHeader, type DataSet, type Header } from './data-set.ts';
import { codeOf } from './error-code.ts';
import { framesOf, seriesHeader } from './instance.ts';
import { transferSyntax } from './pixels/transfer-syntaxes.ts';
import { findSources, type MayRead } from './sources.ts';
import { notAnImage } from './not-an-image.ts';
import { stacksOf } from './stacks.ts';
import type { FileOutcome, Found, Frame, Scan, Series, SeriesHeader, Source } from './types.ts';

export interface ScanOptions {
  readonly signal?: AbortSignal;
  /** Files looked at so far; how many there are is known only at the end. */
  readonly onProgress?: (files: number) => void;
  /** Which files may be read at all; links to others are skipped. Default: all. */
  readonly mayRead?: MayRead;
}

/** Files read at once. */
const UNDER_WAY = 16;
/** Most headers are shorter; larger ones are read again, whole. */
const FIRST_READ = 128 * 1024;

/**
 * Reads the headers of everything below the paths (folders, files, zips), without pixels: what
 * became of every file, and the series, their stacks and geometry; there may be none. The result does
 * not depend on the order of the files.
 * @throws MarginaliaError `no-such-path`, `no-dicom-found` where every file is something else; the
 *   signal's reason when aborted.
 */
export async function scanDicom(
  paths: readonly string[],
  { signal, onProgress, mayRead }: ScanOptions = {},
): Promise<Scan> {
  const found: Found[] = [];
  for await (const item of findSources(paths, mayRead)) {
    signal?.throwIfAborted();
    found.push(item);
  }
  const read: ReadFile[] = new Array<ReadFile>(found.length);
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < found.length; i = next++) {
      signal?.throwIfAborted();
      read[i] = await readFound(found[i]!);
      onProgress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  const files = withoutCopies(read);
  requireDicom(files, paths);
  return { files: files.map(({ outcome }) => outcome), series: seriesOf(files) };
}

interface ReadFile {
  readonly outcome: FileOutcome;
  readonly image?: { readonly header: SeriesHeader; readonly frames: readonly Frame[] };
  readonly isDicom: boolean;
  readonly digest?: string;
}

async function readFound(found: Found): Promise<ReadFile> {
  if (!('read' in found)) return { outcome: found, isDicom: false };
  const { path } = found;
  const failed = (reason: string, isDicom: boolean): ReadFile => ({
    outcome: { path, status: 'failed', reason },
    isDicom,
  });
  try {
    const { header, bytes } = await readWholeHeader(found);
    const skipped = notAnImage(header);
    if (skipped !== undefined) {
      return { outcome: { path, status: 'skipped', reason: skipped }, isDicom: true };
    }
    const fault = faultOf(header, found);
    if (fault !== undefined) return failed(fault, true);
    return {
      outcome: { path, status: 'loaded', reason: '' },
      image: { header: seriesHeader(header.dataSet), frames: framesOf(header.dataSet, found) },
      isDicom: true,
      digest: createHash('sha1').update(bytes).digest('hex'),
    };
  } catch (error) {
    if (!(error instanceof MarginaliaError))
      return failed(`cannot be read (${codeOf(error)})`, false);
    if (error.code === 'not-dicom') {
      return { outcome: { path, status: 'skipped', reason: 'not a DICOM file' }, isDicom: false };
    }
    return failed(withoutPath(error.message, path), true);
  }
}

/** Messages name the file, which an outcome says already. */
function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path} `)
    ? message.slice(path.length + 1).replace(/\.$/, '')
    : message;
}

/** The header of a file, of which no more is read than that takes. */
export async function readWholeHeader(
  source: Source,
): Promise<{ header: Header; bytes: Uint8Array }> {
  for (const limit of [FIRST_READ, source.size]) {
    const bytes = await source.read(Math.min(limit, source.size));
    const header = headerOf(bytes, source, limit >= source.size);
    if (header !== undefined) return { header, bytes };
    if (limit >= source.size) break;
  }
  throw truncatedHeader(source.path);
}

/** Of the beginning of a file, errors may mean no more than that the rest is missing. */
function headerOf(bytes: Uint8Array, source: Source, whole: boolean): Header | undefined {
  try {
    const header = readHeader(bytes, source.path);
    return header?.hasPixels || whole ? header : undefined;
  } catch (error) {
    if (whole || (error instanceof MarginaliaError && error.code === 'not-dicom')) throw error;
    return undefined;
  }
}

function faultOf(header: Header, source: Source): string | undefined {
  const { dataSet, transferSyntax: uid, pixelsEnd } = header;
  const syntax = transferSyntax(uid);
  if (uid !== '' && syntax.coding === undefined) {
    return `uses transfer syntax ${uid} (${syntax.name}), which is not read here`;
  }
  if (pixelsEnd !== undefined && pixelsEnd > source.size) {
    return `the file is truncated: ${pixelsEnd - source.size} of ${pixelsEnd} bytes are missing`;
  }
  return missingPart(dataSet);
}

function missingPart(set: DataSet): string | undefined {
  if (!((set.number('0028,0010') ?? 0) > 0 && (set.number('0028,0011') ?? 0) > 0)) {
    return 'does not say how many rows and columns its image has';
  }
  if (set.text('0020,000e') === '') return 'names no series (0020,000E)';
  return undefined;
}

/** The same instance twice is loaded once: a copy of a file, or a file that was sent twice. */
function withoutCopies(files: readonly ReadFile[]): ReadFile[] {
  const seen = new Map<string, ReadFile>();
  return files.map((file) => {
    const uid = file.image?.frames[0]?.sopInstanceUid ?? '';
    if (uid === '') return file;
    const earlier = seen.get(uid);
    if (earlier === undefined) {
      seen.set(uid, file);
      return file;
    }
    const reason =
      earlier.digest === file.digest
        ? `a copy of ${earlier.outcome.path}`
        : `the same instance (SOP Instance UID) as ${earlier.outcome.path}`;
    return { outcome: { ...file.outcome, status: 'skipped', reason }, isDicom: true };
  });
}

/** @throws MarginaliaError `no-dicom-images`, with the reasons, where nothing was loaded. */
export function requireImages({ files, series }: Scan, paths: readonly string[]): void {
  if (series.length > 0) return;
  const reasons = [...new Set(files.map(({ reason }) => reason))];
  throw new MarginaliaError(
    'no-dicom-images',
    `No DICOM image in ${paths.join(', ')} can be loaded: ${reasons.slice(0, 3).join('; ')}.`,
    '`marginalia series <path> --json` says what became of every file.',
  );
}

/** Where there is nothing to say of any file, the folder is a wrong one. */
function requireDicom(files: readonly ReadFile[], paths: readonly string[]): void {
  if (files.some(({ isDicom, outcome }) => isDicom || outcome.status === 'failed')) return;
  throw new MarginaliaError(
    'no-dicom-found',
    `There is no DICOM file in ${paths.join(', ')} (${files.length === 1 ? '1 file' : `${files.length} files`} looked at).`,
    'Give the folder, files or zip of a DICOM series.',
  );
}

function seriesOf(files: readonly ReadFile[]): Series[] {
  const byUid = new Map<string, { header: SeriesHeader; frames: Frame[] }>();
  const images = files
    .flatMap(({ image }) => (image === undefined ? [] : [image]))
    .sort((a, b) => (key(a.frames[0]!) < key(b.frames[0]!) ? -1 : 1));
  for (const { header, frames } of images) {
    const series = byUid.get(header.seriesInstanceUid);
    if (series === undefined) byUid.set(header.seriesInstanceUid, { header, frames: [...frames] });
    else series.frames.push(...frames);
  }
  return [...byUid.values()]
    .map(({ header, frames }) => ({
      ...header,
      stacks: stacksOf(header.seriesInstanceUid, frames),
    }))
    .sort(
      (a, b) =>
        (a.seriesNumber ?? 0) - (b.seriesNumber ?? 0) ||
        (a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1),
    );
}

const key = ({ instanceNumber, sopInstanceUid, source }: Frame): string =>
  `${String(instanceNumber + 1e9).padStart(12, '0')} ${sopInstanceUid} ${source.path}`;
