import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { MarginaliaError } from '../../shared/errors.ts';
import {
  axisMapTo,
  encodeQform,
  hasShear,
  mapGrid,
  walkOf,
  type AxisMap,
} from '../../shared/geometry/index.ts';
import { flipLpsRas, type Affine, type Grid, type VoxelArray } from '../../shared/volume.ts';

/**
 * How the voxels of a series were acquired: MR Acquisition Type (0018,0023); CT counts as 2-D. Unknown
 * of what was no DICOM.
 */
export type Acquisition = '2d' | '3d' | 'unknown';

export interface NiftiImage {
  /** The grid of every frame. It must be a box: without shear. */
  readonly grid: Grid;
  /** One array of voxels (i fastest) a frame, all of one type; several make a 4-D file. */
  readonly frames: readonly VoxelArray[];
  readonly acquisition: Acquisition;
  /** What of values viewers should show as black and white (`cal_min`, `cal_max`). */
  readonly range: readonly [number, number];
  /** Integers that name labels (`intent_code` NIFTI_INTENT_LABEL). */
  readonly labels?: boolean;
  /** Nobody has decided on some labels, which the header says: a file may lose the record beside it. */
  readonly undecided?: boolean;
  /** Its slices are not those that were acquired, which the header says, too. */
  readonly resampled?: boolean;
}

const HEADER_BYTES = 352;
const INTENT_LABEL = 1002;
const SCANNER_ANATOMICAL = 1;
const UNITS_MM = 2;

/**
 * The storage order that dcm2niix gives the same series, so that files from both fit voxel by voxel:
 * rows are stored bottom up (j is reversed; DICOM counts rows from the top of the picture), while
 * columns and slices stay; a 3-D acquisition is turned to the orientation closest to RAS instead.
 * Slices of a volume must run along the normal of the picture (row × column direction), or, for a
 * Siemens mosaic, as the mosaic has them: there dcm2niix keeps them in the same order. What was no DICOM
 * keeps its order: labels fit the file that they were drawn on.
 */
export function toNiftiOrder(grid: Grid, acquisition: Acquisition): AxisMap {
  if (acquisition === 'unknown') return { order: [0, 1, 2], flip: [false, false, false] };
  return acquisition === '3d' && grid.size[2] > 1
    ? axisMapTo(grid.affineLps, 'RAS')
    : { order: [0, 1, 2], flip: [false, true, false] };
}

/** Bytes of the file before compression, which it cannot exceed by more than a thousandth. */
export function niftiBytes(image: NiftiImage): number {
  return HEADER_BYTES + image.frames.reduce((sum, frame) => sum + frame.byteLength, 0);
}

/**
 * A NIfTI-1 file, gzip-compressed, as a stream that never holds more than a slice of it: qform =
 * sform with code 1 (scanner coordinates), RAS, millimetres, voxels in `toNiftiOrder`, slope 1.
 * @throws MarginaliaError `not-representable` for a grid with shear or an axis beyond 32767 voxels.
 */
export function niftiGz(image: NiftiImage): Readable {
  const map = toNiftiOrder(image.grid, image.acquisition);
  const header = niftiHeader(image, mapGrid(image.grid, map));
  // Real numbers hardly shrink whatever the effort; labels shrink well at any.
  const level = image.frames[0] instanceof Float32Array ? 1 : 6;
  const gzip = createGzip({ level, chunkSize: 1 << 18 });
  const source = Readable.from(slices(header, image, map), { objectMode: false });
  source.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => source.destroy());
  return source.pipe(gzip);
}

/** The header, then slice after slice in the order of the file. */
function* slices(header: Uint8Array, image: NiftiImage, map: AxisMap): Generator<Uint8Array> {
  yield header;
  const { start, steps, size } = walkOf(image.grid.size, map);
  const [nx, ny, nz] = size;
  const [di, dj, dk] = steps;
  for (const frame of image.frames) {
    for (let k = 0; k < nz; k++) {
      const slice = new (frame.constructor as new (length: number) => VoxelArray)(nx * ny);
      for (let j = 0, to = 0; j < ny; j++) {
        let from = start + k * dk + j * dj;
        for (let i = 0; i < nx; i++, from += di) slice[to++] = frame[from]!;
      }
      yield new Uint8Array(slice.buffer);
    }
  }
}

/** NIfTI `datatype` code and bits of a voxel. */
function voxelType(voxels: VoxelArray): readonly [code: number, bits: number] {
  if (voxels instanceof Uint8Array) return [2, 8];
  if (voxels instanceof Int16Array) return [4, 16];
  if (voxels instanceof Int32Array) return [8, 32];
  if (voxels instanceof Float32Array) return [16, 32];
  return [512, 16];
}

/** The 352 bytes before the voxels; field names and offsets are those of nifti1.h. */
function niftiHeader(image: NiftiImage, grid: Grid): Uint8Array {
  requireRepresentable(grid);
  const affine: Affine = flipLpsRas(grid.affineLps);
  const { quaternion, offset, spacing, qfac } = encodeQform(affine);
  const frames = image.frames.length;
  const [datatype, bitpix] = voxelType(image.frames[0]!);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const shorts = (at: number, values: readonly number[]): void => {
    values.forEach((v, n) => view.setInt16(at + 2 * n, v, true));
  };
  const floats = (at: number, values: readonly number[]): void => {
    // Adding 0 keeps −0 out of headers.
    values.forEach((v, n) => view.setFloat32(at + 4 * n, v + 0, true));
  };
  const text = (at: number, value: string): void => {
    bytes.set(new TextEncoder().encode(value), at);
  };
  view.setInt32(0, 348, true); // sizeof_hdr
  bytes[38] = 'r'.charCodeAt(0); // regular
  shorts(40, [frames > 1 ? 4 : 3, ...grid.size, frames, 1, 1, 1]); // dim
  shorts(68, [image.labels ? INTENT_LABEL : 0, datatype, bitpix]); // intent_code
  floats(76, [qfac, ...spacing, frames > 1 ? 1 : 0]); // pixdim
  floats(108, [HEADER_BYTES, 1, 0]); // vox_offset, scl_slope, scl_inter
  bytes[123] = UNITS_MM; // xyzt_units
  floats(124, [image.range[1], image.range[0]]); // cal_max, cal_min
  text(148, descriptionOf(image)); // descrip, 80 bytes
  shorts(252, [SCANNER_ANATOMICAL, SCANNER_ANATOMICAL]); // qform_code, sform_code
  floats(256, [...quaternion, ...offset]); // quatern_b … qoffset_z
  floats(280, affine.slice(0, 12)); // srow_x, srow_y, srow_z
  text(344, 'n+1'); // magic
  return bytes;
}

/** At most 80 bytes. */
function descriptionOf({ undecided, resampled }: NiftiImage): string {
  if (!undecided && !resampled) return 'Marginalia. For research use only, not for clinical use.';
  const said = `${undecided ? ' Labels not decided on everywhere.' : ''}${resampled ? ' Resampled.' : ''}`;
  return `Marginalia.${said} For research use only.`;
}

function requireRepresentable(grid: Grid): void {
  if (hasShear(grid.affineLps)) {
    throw new MarginaliaError(
      'not-representable',
      'The slices are sheared against each other (a tilted gantry): NIfTI cannot describe such a grid in full.',
      'Resample the series to a regular grid first.',
    );
  }
  if (grid.size.some((n) => n > 32767)) {
    throw new MarginaliaError(
      'not-representable',
      `A volume of ${grid.size.join(' × ')} voxels is too large for NIfTI-1: 32767 along an axis.`,
    );
  }
}
