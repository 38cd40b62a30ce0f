import { MarginaliaError } from '../../shared/errors.ts';
import type { Channels, ImageWarning, Source } from '../../shared/image/index.ts';
import { invertAffine } from '../../shared/geometry/index.ts';
import type { Affine, Triple } from '../../shared/volume.ts';
import { bytesOf, type VoxelType } from './voxel-types.ts';

/** A file of one or more volumes on one grid: what its header says. */
export interface VolumeFile {
  /** Of one volume, in the file's voxel order. */
  readonly size: Triple;
  readonly affineLps: Affine;
  /** How many there are, one after the other. */
  readonly volumes: number;
  readonly warnings: readonly ImageWarning[];
  /** The file, and that of its voxels where they lie in another. */
  readonly sources: readonly Source[];
  readonly voxels: StoredAs;
}

/** Where and how voxels are stored, in the last of the sources. */
export interface StoredAs {
  /** Byte of the file at which they begin, or what is compressed of it. */
  readonly start: number;
  /** By DEFLATE, in gzip's or zlib's frame. */
  readonly compressed: boolean;
  /** Bytes before the first voxel, after decompressing. */
  readonly skip: number;
  readonly type: VoxelType;
  /** Numbers a voxel, side by side: grey; red, green and blue; these and transparency. */
  readonly samples: 1 | 3 | 4;
  readonly littleEndian: boolean;
  /** value = slope · stored + intercept. */
  readonly slope: number;
  readonly intercept: number;
}

/** Of one voxel. */
export const voxelBytes = ({ type, samples }: Pick<StoredAs, 'type' | 'samples'>): number =>
  bytesOf(type) * samples;

/** Of an image that is read of it: transparency is left out. */
export const channelsOf = ({ voxels }: Pick<VolumeFile, 'voxels'>): Channels =>
  voxels.samples === 1 ? 1 : 3;

/** Where a file does not say how it lies in the patient. */
export const UNKNOWN_ORIENTATION: ImageWarning = {
  severity: 'info',
  kind: 'orientation-unknown',
  text: 'the file does not say how it lies in the patient: left and right may be the other way round',
};

/**
 * An affine with which voxels can be placed.
 * @throws MarginaliaError `bad-geometry`, `singular-affine`.
 */
export function usableAffine(affine: Affine, name: string): Affine {
  if (!affine.every(Number.isFinite)) {
    throw new MarginaliaError(
      'bad-geometry',
      `${name} says no usable position and orientation: some of the numbers are not finite.`,
      'The header is damaged; write the file again.',
    );
  }
  invertAffine(affine);
  return affine;
}

/**
 * Numbers of voxels along axes.
 * @throws MarginaliaError `bad-geometry`.
 */
export function usableSizes(sizes: readonly number[], name: string): readonly number[] {
  if (sizes.every((n) => Number.isInteger(n) && n > 0)) return sizes;
  throw new MarginaliaError(
    'bad-geometry',
    `${name} has the impossible dimensions ${sizes.join(' × ')}.`,
    'The header is damaged; write the file again.',
  );
}

export function truncated(name: string, there: number, promised: number): MarginaliaError {
  return new MarginaliaError(
    'truncated-image',
    `${name} is cut off or damaged: its header promises ${promised} bytes of voxels, ${there} can be read.`,
    'Copy or download the file again.',
  );
}

/** The last part of a path, also of an entry of a zip. */
export const nameOf = (path: string): string => path.split(/[\\/!]/).at(-1)!;
