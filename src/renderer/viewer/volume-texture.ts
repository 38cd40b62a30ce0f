import { wholeBox, type Box } from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Triple, VoxelArray } from '../../shared/volume.ts';
import { piecesOf, type Folding } from './folding.ts';

/** Which of GLSL's samplers reads a texture: `sampler3D`, `isampler3D` or `usampler3D`. */
export type SamplerPrefix = '' | 'i' | 'u';

/** Voxels on the device, in their own type: values arrive in the shader as they are. */
export interface VolumeTexture {
  readonly texture: WebGLTexture;
  readonly sampler: SamplerPrefix;
  /**
   * Uploads a box, and nothing else.
   * @param voxels values of the box `held`, i fastest; by default of the whole volume.
   */
  upload(voxels: VoxelArray, box: Box, held?: Box): void;
  dispose(): void;
}

interface Format {
  readonly sampler: SamplerPrefix;
  readonly internal: number;
  readonly format: number;
  readonly type: number;
}

function formatOf(gl: WebGL2RenderingContext, voxels: VoxelArray): Format {
  const integer = gl.RED_INTEGER;
  if (voxels instanceof Int16Array) return { sampler: 'i', internal: gl.R16I, format: integer, type: gl.SHORT }; // prettier-ignore
  if (voxels instanceof Int32Array) return { sampler: 'i', internal: gl.R32I, format: integer, type: gl.INT }; // prettier-ignore
  if (voxels instanceof Uint16Array) return { sampler: 'u', internal: gl.R16UI, format: integer, type: gl.UNSIGNED_SHORT }; // prettier-ignore
  if (voxels instanceof Uint8Array) return { sampler: 'u', internal: gl.R8UI, format: integer, type: gl.UNSIGNED_BYTE }; // prettier-ignore
  return { sampler: '', internal: gl.R32F, format: gl.RED, type: gl.FLOAT };
}

/**
 * A texture of zeros.
 * @param like an array of the type that voxels will have.
 * @throws MarginaliaError `graphics-memory` where the device has not enough.
 */
export function createVolumeTexture(
  gl: WebGL2RenderingContext,
  folding: Folding,
  like: VoxelArray,
): VolumeTexture {
  const { sampler, internal, format, type } = formatOf(gl, like);
  const texture = gl.createTexture();
  while (gl.getError() !== gl.NO_ERROR);
  gl.bindTexture(gl.TEXTURE_3D, texture);
  gl.texStorage3D(gl.TEXTURE_3D, 1, internal, ...folding.texture);
  if (gl.getError() === gl.OUT_OF_MEMORY) {
    gl.deleteTexture(texture);
    throw outOfMemory(folding.size, like.BYTES_PER_ELEMENT);
  }
  // Values are fetched one by one, and interpolated in the shader: integers are not filtered.
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_3D, filter, gl.NEAREST);
  }
  return {
    texture,
    sampler,
    upload(voxels, box, held = wholeBox(folding)) {
      const [columns, rows] = held.size;
      gl.bindTexture(gl.TEXTURE_3D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, columns);
      gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, rows);
      for (const piece of piecesOf(folding, box)) {
        const [x, y, z] = piece.from.map((v, axis) => v - held.from[axis]!) as [number, number, number]; // prettier-ignore
        const first = x + columns * (y + rows * z);
        gl.texSubImage3D(gl.TEXTURE_3D, 0, ...piece.at, ...piece.size, format, type, voxels, first);
      }
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
      gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0);
    },
    dispose: () => gl.deleteTexture(texture),
  };
}

function outOfMemory(size: Triple, bytes: number): MarginaliaError {
  const mib = Math.ceil((size[0] * size[1] * size[2] * bytes) / 2 ** 20);
  return new MarginaliaError(
    'graphics-memory',
    `The graphics device has no room for a volume of ${size.join(' × ')} voxels (${mib} MiB).`,
    'Close other programs and windows that draw, or crop or resample the volume.',
  );
}
