/** A small 2-D texture of colours (RGBA) that the shader looks up texel by texel. */
export interface ColourTable {
  readonly texture: WebGLTexture;
  dispose(): void;
}

export function createColourTable(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  colours: Uint8Array,
): ColourTable {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  const [format, type] = [gl.RGBA, gl.UNSIGNED_BYTE];
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, colours);
  return { texture, dispose: () => gl.deleteTexture(texture) };
}
