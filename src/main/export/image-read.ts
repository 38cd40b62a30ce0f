import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readImageNode } from '@itk-wasm/image-io';
import { invertAffine } from '../../shared/geometry/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Affine, Triple, Volume } from '../../shared/volume.ts';
import { readNifti } from './nifti-read.ts';
import { toVoxelArray, type StoredVoxels } from './voxel-types.ts';

/** Names of the files that `readImage` reads. */
export const IMAGE_FILE = /\.(nii|nii\.gz|nrrd|mha)$/i;

/**
 * Read one 3-D image: NIfTI here, NRRD and MetaImage (one file each) through ITK.
 * @returns values with the file's scaling applied, grid in LPS mm, in the file's voxel order.
 * @throws MarginaliaError as `readNifti`; `unsupported-image` for another format.
 */
export async function readImage(path: string): Promise<Volume> {
  if (!IMAGE_FILE.test(path)) {
    throw new MarginaliaError(
      'unsupported-image',
      `${basename(path)} is not of a format that is read here.`,
      'Give .nii, .nii.gz, .nrrd or .mha files.',
    );
  }
  return /\.nii(\.gz)?$/i.test(path) ? readNifti(path) : readWithItk(path);
}

async function readWithItk(path: string): Promise<Volume> {
  const name = basename(path);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MarginaliaError('not-found', `${path} cannot be opened.`);
  const image = await readImageNode(path).catch((error: unknown) => {
    throw new MarginaliaError(
      'truncated-image',
      `${name} cannot be read: it is damaged, cut off, or not what its name says.`,
      'Copy or download the file again.',
      { cause: error },
    );
  });
  if (image.imageType.dimension !== 3 || image.imageType.components !== 1) {
    throw new MarginaliaError(
      'not-3d',
      `${name} has ${image.imageType.dimension} dimensions and ${image.imageType.components} ` +
        'channels; one 3-D volume of one channel is expected.',
    );
  }
  const [nx, ny, nz] = image.size as [number, number, number];
  const size: Triple = [nx, ny, nz];
  const data = toVoxelArray((image.data ?? new Uint8Array(0)) as StoredVoxels);
  if (data.length !== nx * ny * nz) {
    throw new MarginaliaError(
      'truncated-image',
      `${name} holds fewer voxels than its header says.`,
    );
  }
  // ITK's world is LPS (mm); direction is row-major, one column per voxel axis.
  const affineLps: Affine = [
    ...[0, 1, 2].flatMap((row) => [
      ...[0, 1, 2].map((axis) => Number(image.direction[3 * row + axis]) * image.spacing[axis]!),
      image.origin[row]!,
    ]),
    0,
    0,
    0,
    1,
  ];
  invertAffine(affineLps);
  return { grid: { size, affineLps }, data };
}
