import { MarginaliaError } from '../../shared/errors.ts';
import type { Source } from '../../shared/image/index.ts';
import { openMetaImage } from './meta-image.ts';
import { openNifti, PAIR_HEADER } from './nifti-read.ts';
import { openNrrd } from './nrrd.ts';
import { requireVoxels } from './read-slices.ts';
import { nameOf, type VolumeFile } from './volume-file.ts';

/*
 * Read here, and not by @itk-wasm/image-io 1.6.1, which the tests compare with. Measured with it:
 * of NIfTI, a file that is cut off comes back as whole, an sform of 2 mm whose pixdim says 1 comes back
 * with 1 mm, and a sheared one is not read; of MetaImage, compressed voxels with a changed byte, or without
 * CompressedDataSize, come back as wrong numbers without a word; of NRRD, the space left-anterior-superior
 * comes back with left and right exchanged; of NRRD and MetaImage, `informationOnly` reads all voxels (70 to
 * 180 ms for a file of 2 MB), so that a folder could not be listed by its headers.
 */

const FORMATS = [
  { names: /\.nii(\.gz)?$/i, open: openNifti },
  { names: PAIR_HEADER, open: openNifti },
  { names: /\.(nrrd|nhdr)$/i, open: openNrrd },
  { names: /\.(mha|mhd)$/i, open: openMetaImage },
] as const;

/** Names of the files that hold volumes, or their headers. */
export const IMAGE_FILE = /\.(nii|nii\.gz|hdr|hdr\.gz|nrrd|nhdr|mha|mhd)$/i;

/**
 * Reads the header of a file, of the format that its name says.
 * @param besides gives the file of that name in the same folder, where there is one.
 * @throws MarginaliaError as `openNifti`, `openNrrd`, `openMetaImage`; `no-data-file`, `truncated-image`.
 */
export async function openVolumeFile(
  source: Source,
  besides: (name: string) => Source | undefined | Promise<Source | undefined>,
): Promise<VolumeFile> {
  const name = nameOf(source.path);
  const required = async (...files: string[]): Promise<Source> => {
    for (const file of files) {
      const data = await besides(file);
      if (data !== undefined) return data;
    }
    throw new MarginaliaError(
      'no-data-file',
      `${name} keeps its voxels in ${files[0]!}, which is not beside it.`,
      'Open the folder of both, or both files.',
    );
  };
  const open = FORMATS.find(({ names }) => names.test(name))!.open;
  const file = await open(source, required);
  requireVoxels(file);
  return file;
}
