import { createHash } from 'node:crypto';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import { readHeaders } from './decoder.ts';
import { damageOf, formatOf, isNamedAsPicture, MAGIC_BYTES } from './format.ts';
import { nameOf } from './names.ts';
import type { PictureFile } from './picture-image.ts';

/** Larger pictures than 8192 × 8192 are slides of microscopes, which need another way to be looked at. */
const MOST_PIXELS = 2 ** 26;
/** Of a file: it is read whole, and the decoder holds it twice in its 2 GiB. */
const MOST_BYTES = 2 ** 28;

/**
 * Reads a file once: its headers, and the hash of all of it. Null where it is no picture, by its first bytes.
 * @throws MarginaliaError `no-picture` where only its name says that it is one,
 *   `picture-too-large`, `corrupt-picture`; the signal's reason; what the file system says.
 */
export async function openPicture(
  source: Source,
  signal?: AbortSignal,
): Promise<PictureFile | null> {
  const name = nameOf(source.path);
  const format = formatOf(await source.read(MAGIC_BYTES));
  const isNamed = isNamedAsPicture(name);
  // The two letters of a BMP alone may begin anything.
  if (format === undefined || (format === 'BMP' && !isNamed)) {
    if (!isNamed) return null;
    throw refused('no-picture', `${name} is named as a picture, but is no PNG, JPEG, TIFF or BMP`);
  }
  if (source.size > MOST_BYTES)
    throw refused(
      'picture-too-large',
      `${name} is larger than 256 MiB, more than the decoder holds`,
    );
  const bytes = await source.read();
  const damage = damageOf(bytes, format);
  if (damage !== undefined) throw refused('corrupt-picture', `${name} ${damage}`);
  const pages = await readHeaders(bytes, format, name, signal);
  // Looked at before memory is taken.
  const large = pages.find(({ columns, rows }) => columns * rows > MOST_PIXELS);
  if (large !== undefined) {
    const size = `${large.columns} × ${large.rows}`;
    throw refused(
      'picture-too-large',
      `${name} says that it has ${size} pixels; up to ${MOST_PIXELS} are read`,
    );
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return { source, format, digest, pages };
}

const refused = (code: string, what: string): MarginaliaError =>
  new MarginaliaError(code, `${what}.`, 'Copy or export it again from its source.');
