import { inferno } from '../../shared/colormap.ts';
import { type Box, type LabelVolume } from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Triple, Volume } from '../../shared/volume.ts';
import { foldVolume, isFolded, type Folding } from './folding.ts';
import { createPalette, type LabelStyle } from './label-texture.ts';
import { createLayer, type Layer } from './layer.ts';
import { createMapTexture, type MapTexture } from './map-texture.ts';
import { intersect, type Look, type Picture, type Rect } from './picture.ts';
import { createProgram, type Program } from './program.ts';
import type { ShaderOptions } from './shaders.ts';
import { createTable, type Table } from './table.ts';

export type MapKind = 'probability' | 'uncertainty';

/**
 * Draws slices of one volume into rectangles of one canvas. One context for all viewports, parted by
 * scissor: textures are of a context, so a context for each would hold the volume several times; and
 * nothing is copied from a hidden canvas to visible ones. The buffer is preserved between frames, so
 * that only viewports that changed are drawn.
 *
 * What is on the device is a copy of what is in memory: when the context is lost it is made anew.
 */
export interface Renderer {
  /** @param arrived whether all voxels are there, or come by `imageArrived`. */
  setImage(volume: Volume | null, arrived: boolean): void;
  /** Slices of the image along the third axis whose voxels are there now, both included. */
  imageArrived(first: number, last: number): void;
  /** @throws RangeError where they are not on the grid of the image. */
  setLabels(labels: LabelVolume | null): void;
  setStyles(styles: readonly LabelStyle[]): void;
  /** Uploads a box of labels at once. */
  uploadLabels(box: Box): void;
  /** Slices of labels that changed, both included: they follow with `uploadSome`. */
  labelsOutdated(first: number, last: number): void;
  setMap(kind: MapKind, slice: number, values: Uint8Array | null): void;
  clearMap(kind: MapKind): void;
  /** The byte of a map at a voxel, undefined where there is none. */
  mapValue(kind: MapKind, voxel: Triple): number | undefined;
  /**
   * Uploads slices that wait, the nearest first, for about so many ms.
   * @returns those that were uploaded.
   */
  uploadSome(ms: number, focus: number): ReadonlySet<number>;
  /** Slices that wait to be uploaded. */
  readonly waiting: number;
  readonly isLost: boolean;
  /** Sets the size of the canvas in device pixels. */
  resize(width: number, height: number): void;
  clear(area: Rect, colour: string): void;
  /** @param clip draws this part of the canvas alone. */
  draw(picture: Picture, look: Look, clip?: Rect): void;
  dispose(): void;
}

export interface RendererOptions {
  readonly onLost: () => void;
  /** All is there again; everything has to be drawn. */
  readonly onRestored: () => void;
  /** Instead of the device's limit, for tests. */
  readonly textureLimit?: number;
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
      'Update the graphics driver, and allow hardware acceleration or software WebGL in the browser.',
    );
  }
  const gl = context;
  const limit = Math.min(gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number, options.textureLimit ?? Infinity); // prettier-ignore
  const programs = new Map<string, Program>();
  let folding: Folding | undefined;
  let image: Layer | undefined;
  let labels: Layer | undefined;
  let maps: Record<MapKind, MapTexture> | undefined;
  let styles: readonly LabelStyle[] = [];
  let palette: Table | undefined;
  let heatColours: Table | undefined;
  let isLost = false;

  const layers = (): Layer[] =>
    [image, labels, maps?.probability.layer, maps?.uncertainty.layer].filter(
      (l) => l !== undefined,
    );

  function forgetImage(): void {
    for (const layer of layers()) layer.dispose();
    image = labels = maps = folding = undefined;
  }

  function onLost(event: Event): void {
    // Without this the context is never restored.
    event.preventDefault();
    isLost = true;
    programs.clear();
    palette = heatColours = undefined;
    for (const layer of layers()) layer.forgotten();
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

  function heat(): Table {
    const colours = (): number[][] => Array.from({ length: 256 }, (_, n) => [...inferno(n / 255).map(Math.round), 255]); // prettier-ignore
    heatColours ??= createTable(gl, 256, 1, Uint8Array.from(colours().flat()));
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
      const { grid, data } = volume;
      folding = foldVolume(grid.size, limit);
      image = createLayer(folding, data, () => ({ voxels: data }));
      if (arrived) image.outdated(0, grid.size[2] - 1);
      maps = { probability: createMapTexture(folding), uncertainty: createMapTexture(folding) };
    },
    imageArrived: (first, last) => image?.outdated(first, last),
    setLabels(volume) {
      labels?.dispose();
      labels = undefined;
      if (volume === null || folding === undefined) return;
      if (volume.size.some((n, axis) => n !== folding!.size[axis])) {
        throw new RangeError(
          `Labels of ${volume.size.join(' × ')} are not on the grid of the image, ${folding.size.join(' × ')}.`,
        );
      }
      labels = createLayer(folding, volume.data, () => ({ voxels: volume.data }));
      labels.outdated(0, volume.size[2] - 1);
    },
    setStyles(next) {
      styles = next;
      palette?.dispose();
      palette = undefined;
    },
    uploadLabels(box) {
      if (isLost) labels?.outdated(box.from[2], box.from[2] + box.size[2] - 1);
      else labels?.upload(gl, box);
    },
    labelsOutdated: (first, last) => labels?.outdated(first, last),
    setMap: (kind, slice, values) => maps?.[kind].set(slice, values),
    clearMap: (kind) => maps?.[kind].clear(),
    mapValue: (kind, voxel) => maps?.[kind].valueAt(voxel),
    uploadSome(ms, focus) {
      const uploaded = new Set<number>();
      const end = performance.now() + ms;
      while (!isLost && layers().some(({ waiting }) => waiting > 0)) {
        for (const layer of layers()) {
          const slice = layer.uploadNext(gl, focus);
          if (slice !== undefined) uploaded.add(slice);
        }
        if (performance.now() >= end) break;
      }
      return uploaded;
    },
    get waiting() {
      return layers().reduce((sum, { waiting }) => sum + waiting, 0);
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
      const n = Number.parseInt(colour.slice(1), 16);
      gl.clearColor((n >> 16) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    draw(picture, look, clip) {
      if (isLost || !folding || !image?.texture) return;
      const { area, content } = picture;
      const shown = clip ? intersect(content, clip) : content;
      if (shown.width <= 0 || shown.height <= 0) return;
      palette ??= createPalette(gl, styles);
      gl.viewport(area.x, canvas.height - area.y - area.height, area.width, area.height);
      scissor(shown);
      const bindings = {
        image: image.texture.texture,
        labels: look.labels ? labels?.texture?.texture : undefined,
        probability: look.suggestion ? maps?.probability.layer.texture?.texture : undefined,
        uncertainty: look.heatmap ? maps?.uncertainty.layer.texture?.texture : undefined,
        palette: palette.texture,
        heatColours: heat().texture,
      };
      const program = programFor({
        sampler: image.texture.sampler,
        folded: isFolded(folding),
        interpolated: look.interpolate,
        labels: bindings.labels !== undefined,
        suggestion: bindings.probability !== undefined,
        doubt: bindings.uncertainty !== undefined,
      });
      program.draw(picture, look, folding, bindings, canvas.height);
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
