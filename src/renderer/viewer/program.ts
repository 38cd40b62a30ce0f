import { MAX_ENTROPY } from '../../shared/uncertainty.ts';
import { axesOf, type Plane } from '../../shared/edit/label-volume.ts';
import type { Triple } from '../../shared/volume.ts';
import { windowRange } from '../../shared/windowing.ts';
import { rgbOf } from '../../shared/label-colours.ts';
import type { Look, Picture } from './picture.ts';
import { fragmentShader, VERTEX_SHADER, type ShaderOptions } from './shaders.ts';

/** Textures of a picture; those that there are not yet are undefined. */
export interface Bindings {
  readonly image: WebGLTexture;
  readonly arrival: WebGLTexture | undefined;
  readonly labels: WebGLTexture | undefined;
  readonly suggested: WebGLTexture | undefined;
  readonly uncertainty: WebGLTexture | undefined;
  readonly palette: WebGLTexture;
  readonly heatColours: WebGLTexture;
}

/** Texture units, in order. */
const UNITS = [
  'image',
  'arrival',
  'labels',
  'suggested',
  'uncertainty',
  'palette',
  'heatColours',
] as const;

/** A step of which the reciprocal is still a number that the shader can multiply by. */
const STEEPEST = 1e30;

export interface Program {
  /** Draws into the viewport and scissor box that are set; positions and sizes are in texels. */
  draw(
    picture: Picture,
    plane: Plane,
    size: Triple,
    look: Look,
    bindings: Bindings,
    height: number,
  ): void;
  dispose(): void;
}

export function createProgram(gl: WebGL2RenderingContext, options: ShaderOptions): Program {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, fragmentShader(options)],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string): WebGLUniformLocation | null => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
    return places.get(name)!;
  };
  let isReady = false;

  /** Asking how it went waits for the device: not before it is needed. */
  function begin(): void {
    gl.useProgram(program);
    if (isReady) return;
    // A lost context links nothing; onLost reports that.
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const logs = gl.getAttachedShaders(program)!.map((shader) => gl.getShaderInfoLog(shader));
      throw new Error(`The shader does not compile: ${logs.join(' ')}`);
    }
    UNITS.forEach((name, unit) => gl.uniform1i(at(name), unit));
    isReady = true;
  }

  function bind(bindings: Bindings): void {
    UNITS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, bindings[name] ?? null);
    });
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Texels become pixels [u, v] of the plane. */
  function setPlace(
    { area, origin, perX, perY }: Picture,
    { axis, index }: Plane,
    size: Triple,
    height: number,
  ): void {
    const [u, v] = axesOf(axis);
    gl.uniform2f(at('corner'), area.x, height - area.y);
    gl.uniform2f(at('origin'), origin[u], origin[v]);
    gl.uniform2f(at('perX'), perX[u], perX[v]);
    gl.uniform2f(at('perY'), perY[u], perY[v]);
    gl.uniform2i(at('size'), size[u], size[v]);
    gl.uniform2i(at('slice'), axis === 2 ? index : 0, axis === 2 ? 0 : 1);
  }

  function setLook(look: Look, lineWidth: number): void {
    const { low, range } = windowRange(look.window);
    const { heatmap } = look;
    const slope = Math.min(STEEPEST, 1 / range);
    gl.uniform2f(at('grey'), look.inverted ? low + range : low, look.inverted ? -slope : slope);
    gl.uniform1f(at('lineWidth'), lineWidth);
    gl.uniform1f(at('hatch'), Math.max(1, lineWidth / look.lineWidth));
    if (heatmap) gl.uniform2f(at('heat'), heatmap.opacity, heatmap.threshold / MAX_ENTROPY);
    gl.uniform3f(at('background'), ...rgb(look.background));
  }

  return {
    draw(picture, plane, size, look, bindings, height) {
      begin();
      bind(bindings);
      setPlace(picture, plane, size, height);
      setLook(look, picture.lineWidth);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose: () => gl.deleteProgram(program),
  };
}

function rgb(colour: string): Triple {
  const [r, g, b] = rgbOf(colour);
  return [r / 255, g / 255, b / 255];
}
