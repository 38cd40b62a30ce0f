import { inferno } from '../../shared/colormap.ts';
import type { Box, LabelVolume, Plane } from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Triple } from '../../shared/volume.ts';
import { createArrival, type Arrival } from './arrival.ts';
import { rgbOf } from '../../shared/label-colours.ts';
import { createPalette, type LabelStyle } from './label-palette.ts';
import { createLayer, type Layer } from './layer.ts';
import type { SliceVoxels } from './cut.ts';
import { byteAt, createMapLayer, voxelsOf, type MapLayer, type SliceMap } from './map-layer.ts';
import { intersect, type Look, type Picture, type Rect } from './picture.ts';
import { createProgram, type Program } from './program.ts';
import type { ShaderOptions } from './shaders.ts';
import { samplingOf } from './slice-texture.ts';
import { inTexels, stepsFor, texelsOf, type Steps } from './thinning.ts';
import type { ViewedImage } from './viewed-image.ts';
import { createColourTable, type ColourTable } from './colour-table.ts';

/** Maps that come slice by slice: values of suggested labels, and doubt. */
export type MapKind = 'suggested' | 'uncertainty';

/** Values of the labels that were suggested on a slice along the third axis before. */
export type BeforeSource = (slice: number) => SliceMap | null;

/**
 * Draws slices of one volume into rectangles of one canvas. One context for all viewports, parted by
 * scissor: browsers allow only a few, and nothing is copied from a hidden canvas to visible ones.
 * The buffer is preserved between frames, so that only viewports that changed are drawn.
 *
 * On the device are only the planes that are looked at, each as a texture cut from memory: a volume
 * of any length takes no time to get there and no second copy.
 */
export interface Renderer {
  /** @param arrived whether all voxels are there, or come by `imageArrived`. */
  setImage(volume: ViewedImage | null, arrived: boolean): void;
  /** Every how many voxels along each axis one is drawn: 1, but of what no texture can hold. */
  readonly steps: Steps;
  /** Slices of the image along the third axis whose voxels are there now, both included. */
  imageArrived(first: number, last: number): void;
  /** Whether the voxels of a slice along the third axis are there. */
  hasArrived(slice: number): boolean;
  /** @throws RangeError where they are not on the grid of the image. */
  setLabels(labels: LabelVolume | null): void;
  setStyles(styles: readonly LabelStyle[]): void;
  /** Labels in a box changed, or anywhere. */
  labelsOutdated(box?: Box): void;
  /** @returns the voxels that change, undefined where nothing does. */
  setMap(kind: MapKind, slice: number, map: SliceMap | null): Box | undefined;
  /**
   * What is drawn in place of suggested labels where the look asks for what was before, slice by slice;
   * null: there is nothing of the kind.
   */
  setBefore(source: BeforeSource | null): void;
  /** The byte of a map at a voxel, undefined where there is none. */
  mapValue(kind: MapKind | 'before', voxel: Triple): number | undefined;
  readonly isLost: boolean;
  /** Sets the size of the canvas in device pixels. */
  resize(width: number, height: number): void;
  clear(area: Rect, colour: string): void;
  /** @param owner whose picture it is. @param clip draws this part of the canvas alone. */
  draw(owner: object, plane: Plane, picture: Picture, look: Look, clip?: Rect): void;
  /** Somebody draws no more. */
  leave(owner: object): void;
  dispose(): void;
}

export interface RendererOptions {
  readonly onLost: () => void;
  /** All is there again; everything has to be drawn. */
  readonly onRestored: () => void;
  /** Instead of the device's limit, for tests. */
  readonly textureLimit?: number;
}

/** In a window of the desktop (its preload script shows) there are no settings of a browser to change. */
function webGlHint(): string {
  return 'marginalia' in globalThis
    ? 'Update the graphics driver, then start Marginalia again. Where there is none to update (a virtual machine, a remote desktop), `marginalia start --browser` opens it in your browser.'
    : 'Update the graphics driver, and allow hardware acceleration or software WebGL in the browser.';
}

/** @throws MarginaliaError `no-webgl2` */
export function createRenderer(canvas: HTMLCanvasElement, options: RendererOptions): Renderer {
  const context = canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    depth: false,
    stencil: false,
    preserveDrawingBuffer: true,
    powerPreference: 'high-performance',
  });
  if (context === null) {
    throw new MarginaliaError(
      'no-webgl2',
      'Images cannot be drawn: this system offers no WebGL 2.',
      webGlHint(),
    );
  }
  const gl = context;
  const limit = Math.min(
    gl.getParameter(gl.MAX_TEXTURE_SIZE) as number,
    options.textureLimit ?? Infinity,
  );
  const programs = new Map<string, Program>();
  let size: Triple = [0, 0, 0];
  let steps: Steps = [1, 1, 1];
  let image: Layer | undefined;
  let arrival: Arrival | undefined;
  let labels: Layer | undefined;
  let maps: Record<MapKind, MapLayer> | undefined;
  let before: { readonly source: BeforeSource; readonly layer: Layer } | undefined;
  let styles: readonly LabelStyle[] = [];
  let palette: ColourTable | undefined;
  let heatColours: ColourTable | undefined;
  let isLost = false;

  const layers = (): Layer[] =>
    [image, labels, maps?.suggested.layer, maps?.uncertainty.layer, before?.layer].filter(
      (layer) => layer !== undefined,
    );

  function forgetImage(): void {
    for (const layer of layers()) layer.dispose();
    arrival?.dispose();
    image = labels = maps = before = arrival = undefined;
  }

  function onLost(event: Event): void {
    // Without this the context is never restored.
    event.preventDefault();
    isLost = true;
    programs.clear();
    palette = heatColours = undefined;
    for (const layer of layers()) layer.forget();
    arrival?.forget();
    options.onLost();
  }
  function onRestored(): void {
    isLost = false;
    options.onRestored();
  }
  canvas.addEventListener('webglcontextlost', onLost);
  canvas.addEventListener('webglcontextrestored', onRestored);

  function programFor(options: ShaderOptions): Program {
    const key = JSON.stringify(options);
    let program = programs.get(key);
    if (!program) {
      program = createProgram(gl, options);
      programs.set(key, program);
    }
    return program;
  }

  /** Asks for the programs of what is coming, which the device makes beside everything else. */
  function prepare(look: Pick<Look, 'interpolate'>): void {
    if (!image || isLost) return;
    const base = {
      ...samplingOf(gl, image.like),
      interpolated: look.interpolate,
      labels: true,
      loading: false,
    };
    for (const suggestion of [false, true]) {
      for (const doubt of [false, true]) programFor({ ...base, suggestion, doubt });
    }
  }

  function heat(): ColourTable {
    const colours = (): number[][] =>
      Array.from({ length: 256 }, (_, n) => [...inferno(n / 255).map(Math.round), 255]);
    heatColours ??= createColourTable(gl, 256, 1, Uint8Array.from(colours().flat()));
    return heatColours;
  }

  function scissor({ x, y, width, height }: Rect): void {
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(x, canvas.height - y - height, width, height);
  }

  return {
    setImage(volume, arrived) {
      forgetImage();
      if (volume === null) return;
      const { raster, pixels: data } = volume;
      size = raster.size;
      steps = stepsFor(size, limit);
      const pixels = size[0] * size[1];
      const there = (arrival = createArrival(size[2], steps[2]));
      // Looking at what has not come would make the system find memory for all of it at once.
      image = createLayer(size, steps, data, (slice) =>
        there.has(slice) ? { values: data, at: slice * pixels } : undefined,
      );
      if (arrived) arrival.add(0, size[2] - 1);
      maps = {
        suggested: createMapLayer(size, steps),
        uncertainty: createMapLayer(size, steps),
      };
    },
    imageArrived(first, last) {
      arrival?.add(first, last);
      image?.outdated({ from: [0, 0, first], size: [size[0], size[1], last - first + 1] });
    },
    hasArrived: (slice) => arrival?.has(slice) ?? false,
    setLabels(volume) {
      labels?.dispose();
      labels = undefined;
      if (volume === null || image === undefined) return;
      if (volume.size.some((n, axis) => n !== size[axis])) {
        throw new RangeError(
          `Labels of ${volume.size.join(' × ')} are not on the grid of the image, ${size.join(' × ')}.`,
        );
      }
      const { data } = volume;
      const pixels = size[0] * size[1];
      labels = createLayer(size, steps, data, (slice) => ({ values: data, at: slice * pixels }));
    },
    setStyles(next) {
      styles = next;
      palette?.dispose();
      palette = undefined;
    },
    labelsOutdated: (box) => labels?.outdated(box),
    setMap(kind, slice, map) {
      const box = maps?.[kind].set(slice, map);
      // It is made of the same labels, as far as they were suggested then.
      if (box && kind === 'suggested') before?.layer.outdated(box);
      return box;
    },
    setBefore(source) {
      before?.layer.dispose();
      const voxels = (slice: number): SliceVoxels | undefined => {
        const map = source?.(slice);
        return map ? voxelsOf(map) : undefined;
      };
      before = source
        ? { source, layer: createLayer(size, steps, new Uint8Array(), voxels) }
        : undefined;
    },
    mapValue(kind, voxel) {
      if (kind !== 'before') return maps?.[kind].valueAt(voxel);
      const [i, j, k] = voxel;
      return byteAt(before?.source(k), i + size[0] * j);
    },
    get steps() {
      return steps;
    },
    get isLost() {
      return isLost;
    },
    resize(width, height) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    },
    clear(area, colour) {
      scissor(area);
      const [r, g, b] = rgbOf(colour);
      gl.clearColor(r / 255, g / 255, b / 255, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    draw(owner, plane, picture, look, clip) {
      if (isLost || !image || !arrival) return;
      const { area, content } = picture;
      const shown = clip ? intersect(content, clip) : content;
      if (shown.width <= 0 || shown.height <= 0) return;
      palette ??= createPalette(gl, styles);
      const textureOf = (layer: Layer | undefined): WebGLTexture | undefined =>
        layer?.show(gl, owner, plane);
      const mapOf = (kind: MapKind): WebGLTexture | undefined =>
        maps?.[kind].has(plane) ? textureOf(maps[kind].layer) : undefined;
      const suggestedNow = (): WebGLTexture | undefined =>
        look.before && before ? textureOf(before.layer) : mapOf('suggested');
      const suggested = look.suggestions ? suggestedNow() : undefined;
      const bindings = {
        image: image.show(gl, owner, plane),
        arrival: arrival.isWhole ? undefined : arrival.texture(gl),
        labels: look.labels || suggested ? textureOf(labels) : undefined,
        suggested,
        uncertainty: look.heatmap ? mapOf('uncertainty') : undefined,
        palette: palette.texture,
        heatColours: heat().texture,
      };
      const program = programFor({
        ...samplingOf(gl, image.like),
        interpolated: look.interpolate,
        loading: bindings.arrival !== undefined,
        labels: bindings.labels !== undefined,
        suggestion: bindings.suggested !== undefined,
        doubt: bindings.uncertainty !== undefined,
      });
      gl.viewport(area.x, canvas.height - area.y - area.height, area.width, area.height);
      scissor(shown);
      const { axis, index } = plane;
      const texelPlane = { axis, index: Math.floor(index / steps[axis]) };
      const texels = texelsOf(size, steps);
      program.draw(inTexels(picture, steps), texelPlane, texels, look, bindings, canvas.height);
      if (bindings.labels) prepare(look);
    },
    leave(owner) {
      for (const layer of layers()) layer.leave(owner);
    },
    dispose() {
      canvas.removeEventListener('webglcontextlost', onLost);
      canvas.removeEventListener('webglcontextrestored', onRestored);
      forgetImage();
      for (const program of programs.values()) program.dispose();
      palette?.dispose();
      heatColours?.dispose();
      // The context goes with the canvas; browsers allow only a few at a time.
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  };
}
