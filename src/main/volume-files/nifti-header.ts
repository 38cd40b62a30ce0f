import { MarginaliaError } from '../../shared/errors.ts';
import type { Affine, Triple } from '../../shared/volume.ts';
import { usableSizes, type StoredAs } from './volume-file.ts';
import type { VoxelType } from './voxel-types.ts';
import { decodeQform } from '../../shared/geometry/index.ts';

/** NIfTI `datatype` codes that are read (nifti1.h, DT_*). */
const VOXEL_TYPES: Readonly<Record<number, VoxelType>> = {
  2: 'uint8',
  256: 'int8',
  4: 'int16',
  512: 'uint16',
  8: 'int32',
  768: 'uint32',
  16: 'float32',
  64: 'float64',
  1024: 'int64',
  1280: 'uint64',
  128: 'uint8',
  2304: 'uint8',
};

/** Samples a voxel of the types in colour: RGB24 and RGBA32, side by side (nifti1.h). */
const SAMPLES: Readonly<Record<number, StoredAs['samples']>> = { 128: 3, 2304: 4 };

/** What other `datatype` codes stand for. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'voxels of one bit',
  32: 'complex voxels',
  1536: 'voxels of 128-bit real numbers',
  1792: 'complex voxels',
  2048: 'complex voxels',
};

/** What a NIfTI header says of its image. */
export interface NiftiHeader {
  readonly littleEndian: boolean;
  /** Of one volume. */
  readonly size: Triple;
  /** Volumes along the fourth axis; 1 in a 3-D file. */
  readonly volumes: number;
  readonly type: VoxelType;
  readonly samples: StoredAs['samples'];
  /** Whether the voxels lie in another file, the `.img` of a pair. */
  readonly isPair: boolean;
  /** Where the voxels start, in bytes from the beginning of the (uncompressed) file that has them. */
  readonly voxOffset: number;
  /** value = slope · stored + intercept; 1 and 0 where the file says nothing, and in colour (nifti1.h). */
  readonly slope: number;
  readonly intercept: number;
  /** Voxel to world, RAS, mm, as it stands there. */
  readonly affineRas: Affine;
  /** Whether sform or qform say it; else it is made of spacings alone. */
  readonly isOriented: boolean;
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
 * @throws MarginaliaError `not-nifti`, `analyze`, `not-3d`, `unsupported-voxel-type`, `bad-geometry`.
 */
export function parseNiftiHeader(bytes: Uint8Array, name: string): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = bytes.length < 4 ? 0 : view.getInt32(0, true);
  const swapped = bytes.length < 4 ? 0 : view.getInt32(0, false);
  const littleEndian = headerSize === 348 || headerSize === 540;
  const version2 = headerSize === 540 || swapped === 540;
  const at = version2 ? LAYOUT_2 : LAYOUT_1;
  const magic = String.fromCharCode(...bytes.subarray(at.magic, at.magic + 3));
  if (isAnalyze(bytes, headerSize, swapped) && !/^n[i+]/.test(magic)) throw analyze(name);
  if (
    (!littleEndian && swapped !== 348 && swapped !== 540) ||
    bytes.length < at.headerSize ||
    !/^n[i+][12]$/.test(magic)
  ) {
    throw new MarginaliaError(
      'not-nifti',
      `${name} is not a NIfTI file.`,
      'Give a .nii or .nii.gz file, or a .hdr/.img pair; another format must be converted first.',
    );
  }
  const isPair = magic.startsWith('ni');
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
  usableSizes(
    rank < 1 || rank > 7 ? dims.slice(0, 3).fill(0) : dims.slice(0, Math.max(rank, 3)),
    name,
  );
  if (dims.slice(4).some((d) => d > 1)) {
    throw new MarginaliaError(
      'not-3d',
      `${name} has the dimensions ${dims.slice(0, rank).join(' × ')}; three, or four of which the last counts volumes, are read.`,
      'Extract its volumes first.',
    );
  }
  const datatype = view.getInt16(at.datatype, littleEndian);
  const type = VOXEL_TYPES[datatype];
  if (type === undefined) {
    throw new MarginaliaError(
      'unsupported-voxel-type',
      `${name} has ${TYPE_NAMES[datatype] ?? 'voxels'} (NIfTI type ${datatype}), which are not read yet; one integer or real number a voxel is, and colour.`,
      'Convert it to a single channel of integers or 32-bit or 64-bit real numbers first.',
    );
  }
  const slope = real(at.slope);
  const samples = SAMPLES[datatype] ?? 1;
  const scaled = samples === 1 && Number.isFinite(slope) && slope !== 0;
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
  const voxOffset = version2
    ? Number(view.getBigInt64(at.voxOffset, littleEndian))
    : view.getFloat32(at.voxOffset, littleEndian);
  const least = isPair ? 0 : at.headerSize + 4;
  return {
    littleEndian,
    size: [dims[0]!, dims[1]!, dims[2]!],
    volumes: dims[3]!,
    type,
    samples,
    isPair,
    voxOffset: voxOffset > least ? Math.trunc(voxOffset) : least,
    slope: scaled ? slope : 1,
    intercept,
    affineRas,
    isOriented: short(at.sformCode) > 0 || short(at.qformCode) > 0,
  };
}

/** Headers of Analyze 7.5 are as long as those of NIfTI-1, and have `regular` = “r” where these do not look. */
const isAnalyze = (bytes: Uint8Array, headerSize: number, swapped: number): boolean =>
  (headerSize === 348 || swapped === 348) && bytes[38] === 'r'.charCodeAt(0);

const analyze = (name: string): MarginaliaError =>
  new MarginaliaError(
    'analyze',
    `${name} is an Analyze 7.5 header: it does not say which side of the patient is left, nor whether values are scaled.`,
    'Convert it to NIfTI with the program that wrote it, which knows.',
  );
