/** A small 2-D texture that the shader looks things up in, texel by texel. */
export interface Table {
  readonly texture: WebGLTexture;
  set(values: Uint8Array): void;
  dispose(): void;
}

/** @param kind `colours`: RGBA, read as 0 … 1; `bytes`: whole numbers. */
export function createTable(
  gl: WebGL2RenderingContext,
  kind: 'colours' | 'bytes',
  width: number,
  height: number,
): Table {
  const [internal, format] = kind === 'colours' ? [gl.RGBA8, gl.RGBA] : [gl.R8UI, gl.RED_INTEGER];
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  return {
    texture,
    set(values) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, gl.UNSIGNED_BYTE, values);
    },
    dispose: () => gl.deleteTexture(texture),
  };
}
