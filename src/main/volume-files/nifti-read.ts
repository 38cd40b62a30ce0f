import { constants, gunzipSync } from 'node:zlib';
import type { Source } from '../../shared/image/index.ts';
import { flipLpsRas } from '../../shared/volume.ts';
import { LONGEST_HEADER, parseNiftiHeader } from './nifti-header.ts';
import { damaged } from './read-slices.ts';
import { nameOf, UNKNOWN_ORIENTATION, usableAffine, type VolumeFile } from './volume-file.ts';

/** Bytes in which a header lies, compressed or not. */
const START = 2 ** 14;

/**
 * The header of a .nii or .nii.gz file (told apart by content).
 * @throws MarginaliaError as `parseNiftiHeader`; `singular-affine`, `truncated-image`.
 */
export async function openNifti(source: Source): Promise<VolumeFile> {
  const name = nameOf(source.path);
  const start = await source.read(Math.min(START, source.size));
  const compressed = start[0] === 0x1f && start[1] === 0x8b;
  const { size, volumes, affineRas, isOriented, voxOffset, ...stored } = parseNiftiHeader(
    compressed ? inflated(start, name) : start,
    name,
  );
  return {
    size,
    affineLps: usableAffine(flipLpsRas(affineRas), name),
    volumes,
    warnings: isOriented ? [] : [UNKNOWN_ORIENTATION],
    sources: [source],
    voxels: { start: 0, compressed, skip: voxOffset, ...stored },
  };
}

/** The beginning of a compressed file, of which no more than the beginning is there. */
function inflated(start: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, LONGEST_HEADER);
  } catch (error) {
    throw damaged(name, error);
  }
}
