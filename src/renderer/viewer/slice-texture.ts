import type { Part } from './cut.ts';
import { bytesOf, type PixelArray } from './viewed-image.ts';

/** Which of GLSL's samplers reads a texture: `sampler2D`, `isampler2D` or `usampler2D`. */
export type SamplerPrefix = '' | 'i' | 'u';

/** Voxels of a plane on the device, in their own type: values arrive in the shader as they are. */
export interface SliceTexture {
  readonly texture: WebGLTexture;
  /** @param values of the part, u fastest. */
  upload(values: PixelArray, part: Part): void;
  dispose(): void;
}

interface Format {
  readonly sampler: SamplerPrefix;
  readonly internal: number;
  readonly format: number;
  readonly type: number;
}

function formatOf(gl: WebGL2RenderingContext, voxels: PixelArray): Format {
  if (voxels instanceof Uint32Array)
    return { sampler: '', internal: gl.RGBA8, format: gl.RGBA, type: gl.UNSIGNED_BYTE };
  const integer = gl.RED_INTEGER;
  if (voxels instanceof Int16Array)
    return { sampler: 'i', internal: gl.R16I, format: integer, type: gl.SHORT };
  if (voxels instanceof Int32Array)
    return { sampler: 'i', internal: gl.R32I, format: integer, type: gl.INT };
  if (voxels instanceof Uint16Array)
    return { sampler: 'u', internal: gl.R16UI, format: integer, type: gl.UNSIGNED_SHORT };
  if (voxels instanceof Uint8Array)
    return { sampler: 'u', internal: gl.R8UI, format: integer, type: gl.UNSIGNED_BYTE };
  return { sampler: '', internal: gl.R32F, format: gl.RED, type: gl.FLOAT };
}

/** How shaders read a texture of such voxels. */
export const samplingOf = (
  gl: WebGL2RenderingContext,
  voxels: PixelArray,
): { readonly sampler: SamplerPrefix; readonly coloured: boolean } => ({
  sampler: formatOf(gl, voxels).sampler,
  coloured: voxels instanceof Uint32Array,
});

/** @param like an array of the type that voxels will have. */
export function createSliceTexture(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  like: PixelArray,
): SliceTexture {
  const { internal, format, type } = formatOf(gl, like);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
  // Values are fetched one by one, and interpolated in the shader: integers are not filtered.
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  return {
    texture,
    upload(values, part) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texSubImage2D(
        gl.TEXTURE_2D,
        0,
        part.u,
        part.v,
        part.width,
        part.height,
        format,
        type,
        values instanceof Uint32Array ? bytesOf(values) : values,
      );
    },
    dispose: () => gl.deleteTexture(texture),
  };
}
