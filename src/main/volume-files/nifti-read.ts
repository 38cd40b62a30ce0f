import { constants, gunzipSync } from 'node:zlib';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import { flipLpsRas } from '../../shared/volume.ts';
import { LONGEST_HEADER, parseNiftiHeader } from './nifti-header.ts';
import { damaged } from './read-slices.ts';
import { nameOf, UNKNOWN_ORIENTATION, usableAffine, type VolumeFile } from './volume-file.ts';

/** Bytes in which a header lies, compressed or not. */
const START = 2 ** 14;

/** Names of the headers of pairs. */
export const PAIR_HEADER = /\.hdr(\.gz)?$/i;
/** Names of the files that have their voxels. */
export const PAIR_VOXELS = /\.img(\.gz)?$/i;

/** What the other file of a pair may be called, the likeliest first: compressed as this one, or not. */
export function pairNames(name: string): string[] {
  const other = name
    .replace(/\.gz$/i, '')
    .replace(/(hdr|img)$/i, (part) => ({ hdr: 'img', img: 'hdr', HDR: 'IMG', IMG: 'HDR' })[part]!);
  const names = [other, `${other}.gz`];
  return /\.gz$/i.test(name) ? names.reverse() : names;
}

/**
 * The header of a .nii file or of a .hdr/.img pair, each part compressed or not (told apart by content).
 * @param besides gives the first file of those names in its folder.
 * @throws MarginaliaError as `parseNiftiHeader` and `besides`; `singular-affine`, `truncated-image`, `not-nifti`.
 */
export async function openNifti(
  source: Source,
  besides: (...names: string[]) => Promise<Source>,
): Promise<VolumeFile> {
  const name = nameOf(source.path);
  const start = await source.read(Math.min(START, source.size));
  const { size, volumes, affineRas, isOriented, voxOffset, isPair, ...stored } = parseNiftiHeader(
    isGzip(start) ? inflated(start, name) : start,
    name,
  );
  if (isPair && !PAIR_HEADER.test(name)) {
    throw new MarginaliaError(
      'not-nifti',
      `${name} is the header of a .hdr/.img pair under another name: its voxels are not in it.`,
      'Give it its name back, beside its .img, or convert the pair to a single .nii.gz.',
    );
  }
  const data = isPair ? await besides(...pairNames(name)) : null;
  const first = data ? await data.read(2) : start;
  return {
    size,
    affineLps: usableAffine(flipLpsRas(affineRas), name),
    volumes,
    warnings: isOriented ? [] : [UNKNOWN_ORIENTATION],
    sources: data ? [source, data] : [source],
    voxels: { start: 0, compressed: isGzip(first), skip: voxOffset, ...stored },
  };
}

const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/** The beginning of a compressed file, of which no more than the beginning is there. */
function inflated(start: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, LONGEST_HEADER);
  } catch (error) {
    throw damaged(name, error);
  }
}
