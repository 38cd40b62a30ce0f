import { MarginaliaError } from '../../shared/errors.ts';
import type { Affine, Triple } from '../../shared/volume.ts';
import { decodeQform } from './nifti-qform.ts';

/** NIfTI `datatype` codes that are read (nifti1.h, DT_*), with the bytes of a voxel. */
export const VOXEL_BYTES: Readonly<Record<number, number>> = {
  2: 1,
  256: 1,
  4: 2,
  512: 2,
  8: 4,
  768: 4,
  16: 4,
  64: 8,
  1024: 8,
  1280: 8,
};

/** What a NIfTI header says of its image. */
export interface NiftiHeader {
  readonly littleEndian: boolean;
  readonly size: Triple;
  readonly datatype: number;
  /** Where the voxels start, in bytes from the beginning of the (uncompressed) file. */
  readonly voxOffset: number;
  /** value = slope · stored + intercept; 1 and 0 where the file says nothing. */
  readonly slope: number;
  readonly intercept: number;
  /** Voxel to world, RAS, mm. */
  readonly affineRas: Affine;
}

/** The longest header read: NIfTI-2 (540 bytes) with its four extension bytes. */
export const LONGEST_HEADER = 544;

/** Where the fields lie in NIfTI-1 (nifti1.h) and in NIfTI-2 (nifti2.h), in bytes. */
// prettier-ignore
const LAYOUT_1 = {
  headerSize: 348, dim: 40, datatype: 70, pixdim: 76, voxOffset: 108, slope: 112, intercept: 116,
  units: 123, qformCode: 252, sformCode: 254, quatern: 256, qoffset: 268, srow: 280, magic: 344,
};
// prettier-ignore
const LAYOUT_2 = {
  headerSize: 540, dim: 16, datatype: 12, pixdim: 104, voxOffset: 168, slope: 176, intercept: 184,
  units: 500, qformCode: 344, sformCode: 348, quatern: 352, qoffset: 376, srow: 400, magic: 4,
};

/** Millimetres in the unit of the low three bits of `xyzt_units`; unknown units count as mm. */
const MILLIMETRES: Readonly<Record<number, number>> = { 1: 1000, 3: 1e-3 };

/**
 * Read a NIfTI-1 or NIfTI-2 header of either byte order. The grid is that of the sform if its code
 * is positive, else of the qform if its code is positive, else of `pixdim` alone (nifti1.h,
 * "METHOD 3", "METHOD 2", "METHOD 1").
 * @param bytes the beginning of the file, as much of `LONGEST_HEADER` as there is.
 * @param name of the file, for messages.
 * @throws MarginaliaError `not-nifti`, `not-3d`, `unsupported-voxel-type`, `bad-geometry`.
 */
export function parseNiftiHeader(bytes: Uint8Array, name: string): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = bytes.length < 4 ? 0 : view.getInt32(0, true);
  const swapped = bytes.length < 4 ? 0 : view.getInt32(0, false);
  const littleEndian = headerSize === 348 || headerSize === 540;
  const version2 = headerSize === 540 || swapped === 540;
  const at = version2 ? LAYOUT_2 : LAYOUT_1;
  const magic = String.fromCharCode(...bytes.subarray(at.magic, at.magic + 3));
  if (
    (!littleEndian && swapped !== 348 && swapped !== 540) ||
    bytes.length < at.headerSize ||
    !/^n[i+][12]$/.test(magic)
  ) {
    throw new MarginaliaError(
      'not-nifti',
      `${name} is not a NIfTI file.`,
      'Give a .nii or .nii.gz file; an Analyze or another format must be converted first.',
    );
  }
  if (magic.startsWith('ni')) {
    throw new MarginaliaError(
      'not-nifti',
      `${name} is the header of a .hdr/.img pair, whose voxels lie in another file.`,
      'Convert the pair to a single .nii.gz first.',
    );
  }
  const short = (offset: number): number =>
    version2 ? view.getInt32(offset, littleEndian) : view.getInt16(offset, littleEndian);
  const real = (offset: number, n = 0): number =>
    version2
      ? view.getFloat64(offset + 8 * n, littleEndian)
      : view.getFloat32(offset + 4 * n, littleEndian);
  const dim = (n: number): number =>
    version2
      ? Number(view.getBigInt64(at.dim + 8 * n, littleEndian))
      : view.getInt16(at.dim + 2 * n, littleEndian);

  const rank = dim(0);
  const dims = [1, 2, 3, 4, 5, 6, 7].map((n) => (n <= rank ? dim(n) : 1));
  if (rank < 1 || rank > 7 || dims.some((d) => d < 1)) {
    throw new MarginaliaError(
      'bad-geometry',
      `${name} has the impossible dimensions ${dims.slice(0, Math.min(Math.max(rank, 3), 7)).join(' × ')}.`,
      'The header is damaged; write the file again.',
    );
  }
  if (dims.slice(3).some((d) => d > 1)) {
    throw new MarginaliaError(
      'not-3d',
      `${name} has the dimensions ${dims.slice(0, rank).join(' × ')}; one 3-D volume is expected.`,
      'Extract one volume of the series first.',
    );
  }
  const datatype = view.getInt16(at.datatype, littleEndian);
  if (VOXEL_BYTES[datatype] === undefined) {
    throw new MarginaliaError(
      'unsupported-voxel-type',
      `${name} has voxels of NIfTI type ${datatype}; one integer or real number a voxel is expected.`,
      'Convert colour or complex images to a single channel first.',
    );
  }
  const slope = real(at.slope);
  const scaled = Number.isFinite(slope) && slope !== 0;
  const intercept = scaled && Number.isFinite(real(at.intercept)) ? real(at.intercept) : 0;
  // nifticlib (nifti_convert_nhdr2nim) takes a missing or broken spacing for 1 as well.
  const pixdim = [1, 2, 3].map((n) => Math.abs(real(at.pixdim, n)));
  const spacing = pixdim.map((mm) => (mm > 0 && Number.isFinite(mm) ? mm : 1));
  const units = (version2 ? short(at.units) : bytes[at.units]!) & 7;
  const millimetres = MILLIMETRES[units] ?? 1;

  let affine: Affine;
  if (short(at.sformCode) > 0) {
    affine = [...Array.from({ length: 12 }, (_, n) => real(at.srow, n)), 0, 0, 0, 1];
  } else if (short(at.qformCode) > 0) {
    const three = (offset: number): Triple => [real(offset), real(offset, 1), real(offset, 2)];
    affine = decodeQform({
      quaternion: three(at.quatern),
      offset: three(at.qoffset),
      spacing: [spacing[0]!, spacing[1]!, spacing[2]!],
      qfac: real(at.pixdim) < 0 ? -1 : 1,
    });
  } else {
    affine = [spacing[0]!, 0, 0, 0, 0, spacing[1]!, 0, 0, 0, 0, spacing[2]!, 0, 0, 0, 0, 1];
  }
  const affineRas = affine.map((v, n) => (n < 12 ? v * millimetres : v));
  if (!affineRas.every(Number.isFinite)) {
    throw new MarginaliaError(
      'bad-geometry',
      `${name} says no usable position and orientation: some of the numbers are not finite.`,
      'The header is damaged; write the file again.',
    );
  }
  const voxOffset = version2
    ? Number(view.getBigInt64(at.voxOffset, littleEndian))
    : view.getFloat32(at.voxOffset, littleEndian);
  return {
    littleEndian,
    size: [dims[0]!, dims[1]!, dims[2]!],
    datatype,
    voxOffset: voxOffset > at.headerSize ? Math.trunc(voxOffset) : at.headerSize + 4,
    slope: scaled ? slope : 1,
    intercept,
    affineRas,
  };
}
