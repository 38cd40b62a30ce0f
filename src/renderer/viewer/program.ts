import { MAX_ENTROPY } from '../../shared/uncertainty.ts';
import type { Triple } from '../../shared/volume.ts';
import { windowRange } from '../../shared/windowing.ts';
import { rgbOf } from './label-texture.ts';
import type { Folding } from './folding.ts';
import type { Look, Picture } from './picture.ts';
import { fragmentShader, VERTEX_SHADER, type ShaderOptions } from './shaders.ts';

/** Textures of a picture; those that there are not yet are undefined. */
export interface Bindings {
  readonly image: WebGLTexture;
  readonly labels: WebGLTexture | undefined;
  readonly probability: WebGLTexture | undefined;
  readonly uncertainty: WebGLTexture | undefined;
  readonly palette: WebGLTexture;
  readonly heatColours: WebGLTexture;
}

/** Texture units, in order. */
const UNITS = ['image', 'labels', 'probability', 'uncertainty', 'palette', 'heatColours'] as const;
const FLAT: ReadonlySet<string> = new Set(UNITS.slice(4));

/** A step of which the reciprocal is still a number that the shader can multiply by. */
const STEEPEST = 1e30;

export interface Program {
  /** Draws into the viewport and scissor box that are set. */
  draw(picture: Picture, look: Look, folding: Folding, bindings: Bindings, height: number): void;
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
  // A lost context links nothing; that is told elsewhere.
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = gl.getAttachedShaders(program)!.map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`The shader does not compile: ${logs.join(' ')}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string): WebGLUniformLocation | null => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
    return places.get(name)!;
  };
  gl.useProgram(program);
  UNITS.forEach((name, unit) => gl.uniform1i(at(name), unit));

  function bind(bindings: Bindings): void {
    UNITS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(FLAT.has(name) ? gl.TEXTURE_2D : gl.TEXTURE_3D, bindings[name] ?? null);
    });
    gl.activeTexture(gl.TEXTURE0);
  }

  const integers = (name: string, v: Triple): void => gl.uniform3i(at(name), ...v);

  function setPlace(
    { area, origin, perX, perY, columnAxis, rowAxis }: Picture,
    height: number,
  ): void {
    // prettier-ignore
    gl.uniform2f(at('corner'), area.x, height - area.y);
    gl.uniform3f(at('origin'), ...origin);
    gl.uniform3f(at('perX'), ...perX);
    gl.uniform3f(at('perY'), ...perY);
    integers('columnStep', unit(columnAxis));
    integers('rowStep', unit(rowAxis));
  }

  function setLook(look: Look, lineWidth: number): void {
    const { low, range } = windowRange(look.window);
    const { suggestion, heatmap } = look;
    gl.uniform2f(at('grey'), low, Math.min(STEEPEST, 1 / range));
    gl.uniform1f(at('lineWidth'), lineWidth);
    if (suggestion) {
      gl.uniform4f(at('suggestion'), ...rgb(suggestion.colour), suggestion.fill);
      gl.uniform2f(at('suggestionLine'), suggestion.threshold, suggestion.outline);
    }
    if (heatmap) gl.uniform2f(at('heat'), heatmap.opacity, heatmap.threshold / MAX_ENTROPY);
    gl.uniform3f(at('background'), ...rgb(look.background));
  }

  return {
    draw(picture, look, folding, bindings, height) {
      gl.useProgram(program);
      bind(bindings);
      integers('size', folding.size);
      if (options.folded) {
        integers('brick', folding.brick);
        integers('count', folding.count);
        integers('grid', folding.grid);
      }
      setPlace(picture, height);
      setLook(look, picture.lineWidth);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose: () => gl.deleteProgram(program),
  };
}

const unit = (axis: number): Triple => [axis === 0 ? 1 : 0, axis === 1 ? 1 : 0, axis === 2 ? 1 : 0];

function rgb(colour: string): Triple {
  const [r, g, b] = rgbOf(colour);
  return [r / 255, g / 255, b / 255];
}
