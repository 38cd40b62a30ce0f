import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { invertAffine } from '../../shared/geometry/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import { flipLpsRas, type Volume, type VoxelArray } from '../../shared/volume.ts';
import { LONGEST_HEADER, parseNiftiHeader, VOXEL_BYTES, type NiftiHeader } from './nifti-header.ts';
import { toVoxelArray, type StoredVoxels } from './voxel-types.ts';

/*
 * Written here because @itk-wasm/image-io 1.6.1, which reads NRRD and MetaImage for `readImage`, loses
 * what matters of NIfTI: a file that is cut off comes back as whole, of an sform whose scales differ
 * from pixdim it takes pixdim's, and a sheared sform it cannot read at all.
 */

/** DEFLATE cannot shrink data further than this (zlib's technical note: 1032 : 1). */
const MOST_GZIP_CAN_EXPAND = 1032;

/**
 * Read a .nii or .nii.gz file (told apart by content) as a 3-D volume: the file's voxel order, its
 * affine brought to LPS millimetres, slope and intercept applied. Integers without scaling stay
 * integers; everything else becomes float32.
 * @throws MarginaliaError `not-found`, `not-nifti`, `not-3d`, `unsupported-voxel-type`,
 *   `bad-geometry`, `truncated-image`, `image-too-large`.
 */
export async function readNifti(path: string): Promise<Volume> {
  const name = basename(path);
  const { header, voxels } = await readVoxels(path, name);
  const data = toVolumeData(voxels, header);
  const affineLps = flipLpsRas(header.affineRas);
  invertAffine(affineLps);
  return { grid: { size: header.size, affineLps }, data };
}

/** Header and raw voxels: the stream is followed only as far as the header says. */
async function readVoxels(
  path: string,
  name: string,
): Promise<{ header: NiftiHeader; voxels: Buffer<ArrayBuffer> }> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new MarginaliaError(
      'not-found',
      `${path} cannot be opened (${error.code ?? error.message}).`,
    );
  });
  const fileSize = (await file.stat()).size;
  const start = Buffer.alloc(2);
  await file.read(start, 0, 2, 0);
  const gzipped = start[0] === 0x1f && start[1] === 0x8b;
  const raw = file.createReadStream({ start: 0, highWaterMark: 1 << 18 });
  const stream = gzipped ? raw.pipe(createGunzip({ chunkSize: 1 << 18 })) : raw;
  raw.on('error', (error) => stream.destroy(error));

  let head = Buffer.alloc(0);
  let header: NiftiHeader | undefined;
  let voxels = Buffer.alloc(0);
  let position = 0;
  let filled = 0;
  const take = (chunk: Buffer, h: NiftiHeader): void => {
    const skip = Math.max(0, h.voxOffset - position);
    if (skip < chunk.length) filled += chunk.copy(voxels, filled, skip);
    position += chunk.length;
  };
  const begin = (): NiftiHeader => {
    const h = parseNiftiHeader(head, name);
    voxels = allocate(h, gzipped ? fileSize * MOST_GZIP_CAN_EXPAND : fileSize, name);
    take(head, h);
    return h;
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (header !== undefined) {
        take(chunk, header);
      } else {
        head = Buffer.concat([head, chunk]);
        if (head.length >= LONGEST_HEADER) header = begin();
      }
      // A compressed stream is followed to its end, where its checksum is.
      if (!gzipped && header !== undefined && filled === voxels.length) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) {
      throw error;
    }
    throw new MarginaliaError(
      'truncated-image',
      `${name} is cut off or damaged: it cannot be decompressed to its end.`,
      'Copy or download the file again.',
      { cause: error },
    );
  } finally {
    raw.destroy();
    stream.destroy();
  }
  header ??= begin();
  if (filled < voxels.length) throw truncated(name, filled, voxels.length);
  return { header, voxels };
}

function truncated(name: string, found: number, expected: number): MarginaliaError {
  return new MarginaliaError(
    'truncated-image',
    `${name} is cut off or damaged: its header promises ${expected} bytes of voxels, ${found} can be read.`,
    'Copy or download the file again.',
  );
}

/** Room for the voxels, refused at once where the file is too short to hold what it promises. */
function allocate(header: NiftiHeader, most: number, name: string): Buffer<ArrayBuffer> {
  const expected = header.size[0] * header.size[1] * header.size[2] * VOXEL_BYTES[header.datatype]!;
  if (header.voxOffset + expected > most) {
    throw truncated(name, Math.max(0, most - header.voxOffset), expected);
  }
  try {
    // Of its own ArrayBuffer, so that the voxels can be viewed in place.
    return Buffer.from(new ArrayBuffer(expected));
  } catch (error) {
    throw new MarginaliaError(
      'image-too-large',
      `${name} does not fit into memory: ${(expected / 2 ** 30).toFixed(1)} GiB of voxels.`,
      'Crop or resample it first.',
      { cause: error },
    );
  }
}

/** Stored voxels (bytes in the file's order) to values. */
function toVolumeData(voxels: Buffer<ArrayBuffer>, header: NiftiHeader): VoxelArray {
  const width = VOXEL_BYTES[header.datatype]!;
  if (!header.littleEndian) {
    if (width === 2) voxels.swap16();
    if (width === 4) voxels.swap32();
    if (width === 8) voxels.swap64();
  }
  const stored = viewAs(header.datatype, voxels.buffer);
  if (header.slope !== 1 || header.intercept !== 0) {
    const scaled = new Float32Array(stored.length);
    for (let n = 0; n < scaled.length; n++) {
      scaled[n] = Number(stored[n]) * header.slope + header.intercept;
    }
    return scaled;
  }
  return toVoxelArray(stored);
}

function viewAs(datatype: number, buffer: ArrayBuffer): StoredVoxels {
  switch (datatype) {
    case 2:
      return new Uint8Array(buffer);
    case 256:
      return new Int8Array(buffer);
    case 4:
      return new Int16Array(buffer);
    case 512:
      return new Uint16Array(buffer);
    case 8:
      return new Int32Array(buffer);
    case 768:
      return new Uint32Array(buffer);
    case 16:
      return new Float32Array(buffer);
    case 64:
      return new Float64Array(buffer);
    case 1024:
      return new BigInt64Array(buffer);
    case 1280:
      return new BigUint64Array(buffer);
    default:
      throw new RangeError(`NIfTI datatype ${datatype}`);
  }
}
