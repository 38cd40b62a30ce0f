import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import { nameOf } from './volume-file.ts';

/** The text at the beginning of a file. */
export interface TextHeader {
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** Bytes to the first one behind it. */
  readonly end: number;
}

/** Most headers are shorter; a longer one, with all that a scanner knows, is no longer than the last. */
const READS = [2 ** 14, 2 ** 18, 2 ** 22];

/**
 * Reads lines of `name<separator> value`.
 * @param endOf where the header ends in text that begins with it; undefined where it ends later.
 * @throws MarginaliaError `truncated-image`.
 */
export async function readTextHeader(
  source: Source,
  separator: ':' | '=',
  endOf: (text: string, isWhole: boolean) => number | undefined,
): Promise<TextHeader> {
  for (const limit of READS) {
    const isWhole = limit >= source.size;
    const bytes = await source.read(Math.min(limit, source.size));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const end = endOf(text, isWhole);
    if (end !== undefined) return { fields: fieldsOf(text.slice(0, end), separator), end };
    if (isWhole) break;
  }
  throw new MarginaliaError(
    'truncated-image',
    `${nameOf(source.path)} is cut off or damaged: its header has no end.`,
    'Copy or download the file again.',
  );
}

function fieldsOf(text: string, separator: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(separator);
    // NRRD: comments begin with #, and `:=` sets what only other programs know.
    if (at < 1 || line.startsWith('#') || line.startsWith(':=', at)) continue;
    fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  return fields;
}

/** All numbers of a field; undefined where it is missing. */
export const numbersOf = (value: string | undefined): number[] | undefined =>
  value
    ?.split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(Number);

/**
 * The name of the file beside a header that holds its voxels.
 * @throws MarginaliaError `several-data-files`, `data-file-elsewhere`.
 */
export function dataFileName(value: string, name: string): string {
  const file = value.replace(/^\.[/\\]/, '');
  if (/^LIST\b/.test(file) || /%\d*d/.test(file)) {
    throw new MarginaliaError(
      'several-data-files',
      `${name} keeps its voxels in several files, which is not read yet.`,
      'Write it as one file first.',
    );
  }
  if (/[/\\]/.test(file) || file === '') {
    throw new MarginaliaError(
      'data-file-elsewhere',
      `${name} names “${file}”, in no file beside it, as its voxels.`,
      'Put both files into one folder, and let the header name the file alone.',
    );
  }
  return file;
}

/** @throws MarginaliaError `not-an-image`, always. */
export function notOfFormat(name: string, format: string): never {
  throw new MarginaliaError(
    'not-an-image',
    `${name} is no ${format} file, as its name says.`,
    'Look how it was made, or give it the name of what it is.',
  );
}

/** @throws MarginaliaError `unsupported-encoding`, always. */
export function notEncoded(name: string, encoding: string): never {
  throw new MarginaliaError(
    'unsupported-encoding',
    `${name} stores its voxels as ${encoding}, which is not read yet.`,
    'Write them uncompressed or compressed by gzip.',
  );
}

/** @throws MarginaliaError `unsupported-voxel-type`, always. */
export function notOfType(name: string, type: string): never {
  throw new MarginaliaError(
    'unsupported-voxel-type',
    `${name} has voxels of the type “${type}”, which are not read yet; one integer or real number a voxel is.`,
    'Convert it to a single channel of integers or real numbers first.',
  );
}

/** @throws MarginaliaError `not-3d`, always. */
export function notThreeDimensional(name: string, what: string): never {
  throw new MarginaliaError(
    'not-3d',
    `${name} has ${what}, which is not read yet; one 3-D volume of one channel is.`,
    'Extract one volume or channel first.',
  );
}
