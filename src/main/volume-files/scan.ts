import { MarginaliaError } from '../../shared/errors.ts';
import { hasShear } from '../../shared/geometry/index.ts';
import type { FileOutcome, ScanOptions, Source } from '../../shared/image/index.ts';
import { mapLimited } from '../../shared/pool.ts';
import { codeOf } from '../files/index.ts';
import { contentId } from './content-id.ts';
import { PAIR_HEADER } from './nifti-read.ts';
import { IMAGE_FILE, openVolumeFile } from './open-volume-file.ts';
import { nameOf, type VolumeFile } from './volume-file.ts';

/** A file that was found, under the name of its content. */
export interface FoundFile {
  readonly id: string;
  /** Of the file itself. */
  readonly path: string;
  readonly file: VolumeFile;
}

/** Files read at once. */
const UNDER_WAY = 16;
/** What a Mac leaves beside files on drives of others. */
const RESOURCE_FORK = /^\._/;

/**
 * Reads the headers of the files that their names say to be volumes: what became of every source
 * (null: it is something else), and the files in the order of their paths.
 * @throws the signal's reason when aborted.
 */
export async function findVolumeFiles(
  sources: readonly Source[],
  { signal, onProgress }: ScanOptions = {},
): Promise<{ readonly outcomes: (FileOutcome | null)[]; readonly files: FoundFile[] }> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const claimed = sources
    .filter(({ path }) => IMAGE_FILE.test(path))
    .filter(({ path }) => !RESOURCE_FORK.test(nameOf(path)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  let done = 0;
  const read = await mapLimited(claimed, UNDER_WAY, async (source) => {
    signal?.throwIfAborted();
    const result = await readOne(source, byPath);
    onProgress?.(++done);
    return result;
  });
  const outcomes = new Map<string, FileOutcome>();
  const files = new Map<string, FoundFile>();
  for (const { outcome, found } of withoutCopies(read)) {
    if (outcome === null) continue;
    outcomes.set(outcome.path, outcome);
    if (found === undefined) continue;
    files.set(found.id, found);
    for (const { path } of found.file.sources) outcomes.set(path, { ...outcome, path });
  }
  return {
    outcomes: sources.map(({ path }) => outcomes.get(path) ?? null),
    files: [...files.values()],
  };
}

interface ReadFile {
  readonly outcome: FileOutcome | null;
  readonly found?: FoundFile;
}

async function readOne(source: Source, byPath: ReadonlyMap<string, Source>): Promise<ReadFile> {
  const { path } = source;
  const failed = (reason: string): ReadFile => ({ outcome: { path, status: 'failed', reason } });
  try {
    if (await isDicom(source)) return { outcome: null };
    const besides = (name: string): Source | undefined =>
      byPath.get(path.slice(0, path.length - nameOf(path).length) + name);
    const file = await openVolumeFile(source, besides);
    requireBox(file, nameOf(path));
    return {
      outcome: { path, status: 'loaded', reason: '' },
      found: { id: await contentId(file), path, file },
    };
  } catch (error) {
    const isOther = error instanceof MarginaliaError && error.code === 'not-nifti';
    // Other formats have headers of that name, too.
    if (isOther && PAIR_HEADER.test(path)) return { outcome: null };
    if (error instanceof MarginaliaError) return failed(reasonOf(error, nameOf(path)));
    return failed(`cannot be read (${codeOf(error)})`);
  }
}

/** DICOM under the name of another format. */
async function isDicom(source: Source): Promise<boolean> {
  const start = Buffer.from(await source.read(Math.min(132, source.size)));
  return start.toString('latin1', 128) === 'DICM';
}

/** Planes and lengths of a sheared grid are not those that are shown. */
function requireBox({ affineLps }: VolumeFile, name: string): void {
  if (!hasShear(affineLps)) return;
  throw new MarginaliaError(
    'sheared-grid',
    `${name} lies on a sheared grid: its axes are not perpendicular.`,
    'Resample it onto a regular one first, by 3D Slicer for one.',
  );
}

/** The outcome names the file already. */
function reasonOf({ message, hint }: MarginaliaError, name: string): string {
  const what = message.startsWith(`${name} `) ? message.slice(name.length + 1) : message;
  return `${what} ${hint ?? ''}`.trim().replace(/\.$/, '');
}

/** The same content twice is one image. */
function withoutCopies(files: readonly ReadFile[]): ReadFile[] {
  const first = new Map<string, string>();
  return files.map((read) => {
    if (read.found === undefined) return read;
    const { id, path } = read.found;
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, path);
      return read;
    }
    return { outcome: { path, status: 'skipped', reason: `a copy of ${earlier}` } };
  });
}
