import { createHash } from 'node:crypto';
import { MarginaliaError } from '../../shared/errors.ts';
import type { FileOutcome, ScanOptions, Source } from '../../shared/image/index.ts';
import { codeOf } from '../files/index.ts';
import { readHeader, type DataSet, type Header } from './data-set.ts';
import { truncatedHeader } from './elements.ts';
import { frameCount, framesOf, samplesPerPixel, seriesHeader } from './instance.ts';
import { photometricOf } from './pixels/index.ts';
import { transferSyntax } from './pixels/transfer-syntaxes.ts';
import { notAnImage } from './not-an-image.ts';
import { stacksOf } from './stacks.ts';
import type { Frame, Series, SeriesHeader } from './types.ts';

/** Files read at once. */
const UNDER_WAY = 16;
/** Most headers are shorter; larger ones are read again, whole. */
const FIRST_READ = 128 * 1024;

/**
 * Reads the headers of files, without pixels: what became of every one of them (null: it is no DICOM
 * file), and the series, their stacks and geometry, by series number, then UID. The result does not
 * depend on the order of the files.
 * @throws the signal's reason when aborted.
 */
export async function readSeries(
  sources: readonly Source[],
  { signal, onProgress }: ScanOptions = {},
): Promise<{ readonly outcomes: readonly (FileOutcome | null)[]; readonly series: Series[] }> {
  const read: ReadFile[] = new Array<ReadFile>(sources.length);
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < sources.length; i = next++) {
      signal?.throwIfAborted();
      read[i] = await readFile(sources[i]!);
      onProgress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  const files = withoutCopies(read);
  return { outcomes: files.map(({ outcome }) => outcome), series: seriesOf(files) };
}

interface ReadFile {
  /** Null for what is no DICOM file. */
  readonly outcome: FileOutcome | null;
  readonly image?: { readonly header: SeriesHeader; readonly frames: readonly Frame[] };
  readonly digest?: string;
}

async function readFile(source: Source): Promise<ReadFile> {
  const { path } = source;
  const failed = (reason: string): ReadFile => ({ outcome: { path, status: 'failed', reason } });
  try {
    const { header, bytes } = await readWholeHeader(source);
    const skipped = notAnImage(header);
    if (skipped !== undefined) return { outcome: { path, status: 'skipped', reason: skipped } };
    const fault = faultOf(header, source);
    if (fault !== undefined) return failed(fault);
    return {
      outcome: { path, status: 'loaded', reason: '' },
      image: {
        header: seriesHeader(header.dataSet),
        frames: framesOf(header.dataSet, source, header.transferSyntax),
      },
      digest: createHash('sha1').update(bytes).digest('hex'),
    };
  } catch (error) {
    if (!(error instanceof MarginaliaError)) return failed(`cannot be read (${codeOf(error)})`);
    if (error.code === 'not-dicom') return { outcome: null };
    return failed(withoutPath(error.message, path));
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
  return missingPart(dataSet) ?? unreadableColours(dataSet) ?? tooManyFrames(header, source);
}

function missingPart(set: DataSet): string | undefined {
  if (!((set.number('0028,0010') ?? 0) > 0 && (set.number('0028,0011') ?? 0) > 0)) {
    return 'does not say how many rows and columns its image has';
  }
  if (set.text('0020,000e') === '') return 'names no series (0020,000E)';
  return undefined;
}

/** What readFrames would refuse by the header alone. */
function unreadableColours(set: DataSet): string | undefined {
  const photometric = photometricOf(set.text('0028,0004'), samplesPerPixel(set));
  if ('fault' in photometric) return photometric.fault;
  const hasPalette = set.has('0028,1101') && (set.has('0028,1201') || set.has('0028,1221'));
  return photometric.is === 'PALETTE COLOR' && !hasPalette
    ? 'has colours of a palette, but no palette'
    : undefined;
}

/** A header may claim any number of frames: no more are listed than the file has room for. */
function tooManyFrames({ dataSet, pixelsEnd }: Header, { size }: Source): string | undefined {
  const frames = frameCount(dataSet);
  const of = (tag: string): number => dataSet.number(tag) ?? 0;
  const bits = of('0028,0010') * of('0028,0011') * samplesPerPixel(dataSet) * of('0028,0100');
  // Chroma of YBR_FULL_422 is shared by two pixels. A compressed frame has a head of 8 bytes at least, or
  // is deflated together with all others, to no less than a thousandth.
  const bytes = Math.max(1, Math.floor((bits / 8) * (2 / 3)));
  const room = pixelsEnd === undefined ? Math.max(size / 8, (1032 * size) / bytes) : size / bytes;
  return frames > 1 && frames > room
    ? `says that it has ${frames} frames, for which its ${size} bytes are too few`
    : undefined;
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
    const { path } = earlier.image!.frames[0]!.source;
    const reason =
      earlier.digest === file.digest
        ? `a copy of ${path}`
        : `the same instance (SOP Instance UID) as ${path}`;
    return { outcome: { path: file.image!.frames[0]!.source.path, status: 'skipped', reason } };
  });
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
