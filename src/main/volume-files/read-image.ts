import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import type { Volume } from '../../shared/volume.ts';
import { fileSource } from '../files/index.ts';
import { IMAGE_FILE, openVolumeFile } from './open-volume-file.ts';
import { readSlices } from './read-slices.ts';
import { channelsOf } from './volume-file.ts';

/**
 * Reads a file that holds one 3-D volume of grey values.
 * @returns values with the file's scaling applied, grid in LPS mm, in the file's voxel order.
 * @throws MarginaliaError as `openVolumeFile` and `readSlices`; `not-found`;
 *   `unsupported-image` for another format; `not-3d` for several volumes, `colour-image`.
 */
export async function readImage(path: string): Promise<Volume> {
  const name = basename(path);
  if (!IMAGE_FILE.test(path)) {
    throw new MarginaliaError(
      'unsupported-image',
      `${name} is not of a format that is read here.`,
      'Give .nii, .nii.gz, .hdr (with .img), .nrrd, .nhdr, .mha or .mhd files.',
    );
  }
  const source = await sourceAt(path);
  if (source === undefined) throw new MarginaliaError('not-found', `${path} cannot be opened.`);
  const file = await openVolumeFile(source, (other) => besides(path, other));
  const { size, affineLps, volumes } = file;
  if (volumes > 1) {
    throw new MarginaliaError(
      'not-3d',
      `${name} has the dimensions ${[...size, volumes].join(' × ')}; one 3-D volume is expected.`,
      'Extract one volume of the series first.',
    );
  }
  if (channelsOf(file) === 3) {
    throw new MarginaliaError(
      'colour-image',
      `${name} is in colour; one of grey values is expected.`,
      'Convert it to a single channel first.',
    );
  }
  return { grid: { size, affineLps }, data: await readSlices(file, 0, size[2]) };
}

/** A file of that name in the folder of another. */
export const besides = (path: string, name: string): Promise<Source | undefined> =>
  sourceAt(join(dirname(path), name));

async function sourceAt(path: string): Promise<Source | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? fileSource(path, stats.size) : undefined;
}
