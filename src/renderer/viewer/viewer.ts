import { touchedBox, type Box, type Edit, type LabelVolume } from '../../shared/edit/index.ts';
import type { Axis, Triple, Window } from '../../shared/volume.ts';
import type { LabelStyle } from './label-palette.ts';
import { DEFAULT_LOOK, type Look, type Rect } from './picture.ts';
import type { SliceMap } from './map-layer.ts';
import { createRenderer, type BeforeSource, type MapKind } from './renderer.ts';
import type { Measurement, Readout, Scene } from './scene.ts';
import { screenshotOf } from './screenshot.ts';
import { createEditing } from './tools/edit-session.ts';
import { panTool, windowTool } from './tools/navigate.ts';
import type { Tool } from './tools/tool.ts';
import { drawnAround, type Steps } from './thinning.ts';
import type { ViewedImage } from './viewed-image.ts';
import { warmUp } from './warm-up.ts';
import {
  createViewport,
  type ViewerViewport,
  type Viewport,
  type ViewportHost,
} from './viewport.ts';

/** What the viewer reports. Setters cause none of it. */
export interface ViewerEvents {
  /** What is under the pointer; null where it is nowhere. */
  readonly cursor?: (readout: Readout | null) => void;
  /** The voxel in which the planes meet was moved by the user. */
  readonly position?: (voxel: Triple) => void;
  /** The window was dragged. */
  readonly window?: (window: Window) => void;
  readonly measurements?: (measurements: readonly Measurement[]) => void;
  /** A tool has finished an edit. The labels are as they were before it: their owner applies it. */
  readonly edit?: (edit: Edit) => void;
  /** Slice, axis or zoom of a viewport changed. */
  readonly viewport?: (viewport: Viewport) => void;
  /** The graphics device was lost, or is back; everything is drawn again by itself. */
  readonly device?: (state: 'lost' | 'restored') => void;
  /** A tool was refused (a locked label), or the device is out of memory. */
  readonly error?: (error: unknown) => void;
}

/**
 * Shows one volume, its labels and maps in any number of viewports. Everything stays with who gave
 * it: arrays are read again whenever the device needs them, and never copied.
 */
export interface Viewer {
  readonly scene: Scene;
  /**
   * Every how many voxels along each axis one is drawn: 1, but of an image that is longer than the
   * device's textures. Tools, labels and read-outs have all voxels.
   */
  readonly steps: Steps;
  /**
   * Another volume, or none: labels, maps and measurements go, cameras begin anew in its middle.
   * @param arrived false: voxels are still coming, announced by `imageArrived`.
   */
  setVolume(volume: ViewedImage | null, arrived?: boolean): void;
  /** Slices along the third axis whose voxels are in the array now, both included. */
  imageArrived(first: number, last: number): void;
  /**
   * A stroke that is being drawn is replayed on them. @throws RangeError where they are not on the grid of the
   * volume.
   */
  setLabels(labels: LabelVolume | null): void;
  /**
   * Reads or changes labels without the stroke that is being drawn, which is replayed on them afterwards.
   * For everybody who changes them by other means than the viewer.
   */
  withoutStroke<T>(work: () => T): T;
  /** Their array was changed by its owner, in some slices along the third axis or in all. */
  labelsChanged(slices?: readonly number[]): void;
  setLabelStyles(styles: readonly LabelStyle[]): void;
  /**
   * The map of a slice along the third axis: the label that is suggested for each pixel, 0 for none, or
   * doubt (0 … 255 for 0 … ln 2); null where there is no map any more. The map that is there already is
   * taken for unchanged.
   */
  setMap(kind: MapKind, slice: number, map: SliceMap | null): void;
  /** What was suggested before, which is drawn where the look says so; null: nothing is kept of it. */
  setBefore(source: BeforeSource | null): void;
  setLook(change: Partial<Look>): void;
  setPosition(voxel: Triple): void;
  setMeasurements(measurements: readonly Measurement[]): void;
  /** Of the primary button. The middle one pans, the secondary one drags the window. */
  setTool(tool: Tool | null): void;
  /** Draws tools again whose settings have changed. */
  toolChanged(): void;
  /** Drops a stroke that is being drawn. @returns whether there was one. */
  cancelGesture(): boolean;
  /** @param element lies in the viewer's container, without a background of its own. */
  addViewport(element: HTMLElement, axis: Axis): Viewport;
  /** Resolves once all that was set so far is on the screen. */
  settled(): Promise<void>;
  dispose(): void;
}

export interface ViewerOptions {
  /** Instead of the device's limit of textures, for tests. */
  readonly textureLimit?: number;
}

/**
 * @param container holds the elements of all viewports; the canvas lies behind them.
 * @throws MarginaliaError `no-webgl2`
 */
export function createViewer(
  container: HTMLElement,
  events: ViewerEvents = {},
  options: ViewerOptions = {},
): Viewer {
  const canvas = document.createElement('canvas');
  const renderer = createRenderer(canvas, {
    ...options,
    onLost: () => events.device?.('lost'),
    onRestored() {
      lastLayout = '';
      outdate('picture');
      events.device?.('restored');
    },
  });
  canvas.style.cssText =
    'position:absolute;inset:0;width:100%;height:100%;z-index:-1;pointer-events:none';
  if (getComputedStyle(container).position === 'static') container.style.position = 'relative';
  container.style.isolation = 'isolate';
  container.prepend(canvas);

  let scene: Scene = {
    volume: null,
    hasArrived: renderer.hasArrived,
    labels: null,
    position: [0, 0, 0],
    look: DEFAULT_LOOK,
    measurements: [],
  };
  let tool: Tool | null = null;
  let frame = 0;
  const viewports = new Set<ViewerViewport>();
  /** Where everything was when it was last drawn. */
  let lastLayout = '';
  const waiters: (() => void)[] = [];

  let isDisposed = false;
  let isWarm = false;

  function schedule(): void {
    if (!isDisposed) frame ||= requestAnimationFrame(draw);
  }
  const observer = new ResizeObserver(schedule);
  observer.observe(container);

  function outdate(what: 'picture' | 'marks'): void {
    for (const viewport of viewports) viewport.outdate(what);
    schedule();
  }

  function outdateBox(changed: Box): void {
    const box = drawnAround(changed, renderer.steps);
    for (const viewport of viewports) if (viewport.meets(box)) viewport.outdate(box);
  }

  function draw(): void {
    frame = 0;
    try {
      const bounds = canvas.getBoundingClientRect();
      const scale = devicePixelRatio;
      const whole = {
        x: 0,
        y: 0,
        width: Math.round(bounds.width * scale),
        height: Math.round(bounds.height * scale),
      };
      const areas = [...viewports].map((viewport) => areaOf(viewport.box(), bounds, scale));
      const layout = JSON.stringify([whole, areas]);
      const isNew = layout !== lastLayout;
      if (isNew) {
        renderer.resize(whole.width, whole.height);
        renderer.clear(whole, scene.look.background);
      }
      lastLayout = layout;
      if (!isWarm && scene.volume === null) warmUp(renderer);
      isWarm = true;
      [...viewports].forEach((viewport, n) => {
        const area = areas[n]!;
        if (area.width > 0 && area.height > 0) viewport.draw(area, isNew);
      });
    } catch (error) {
      events.error?.(error);
    }
    if (renderer.isLost) return;
    for (const resolve of waiters.splice(0)) resolve();
  }

  function showLabels(box: Box): void {
    renderer.labelsOutdated(box);
    outdateBox(box);
  }

  /** Slices along the third axis, both included. */
  function slab(first: number, last: number): Box {
    const [nx, ny] = scene.volume?.raster.size ?? [0, 0];
    return { from: [0, 0, first], size: [nx, ny, last - first + 1] };
  }

  function setPosition(voxel: Triple): boolean {
    const before = scene.position;
    if (voxel.every((v, axis) => v === before[axis])) return false;
    scene = { ...scene, position: voxel };
    for (const viewport of viewports) viewport.moved(before);
    return true;
  }
  function setLook(change: Partial<Look>): void {
    scene = { ...scene, look: { ...scene.look, ...change } };
    outdate('picture');
  }
  function setMeasurements(measurements: readonly Measurement[]): void {
    scene = { ...scene, measurements };
    outdate('marks');
  }

  function cancelGestures(): boolean {
    return [...viewports].filter((viewport) => viewport.cancelGesture()).length > 0;
  }
  const editing = createEditing(
    () => scene.labels,
    showLabels,
    (error) => {
      cancelGestures();
      events.error?.(error);
    },
  );

  const host: ViewportHost = {
    renderer,
    scene: () => scene,
    toolFor: (button) => [tool, panTool, windowTool][button] ?? null,
    tools: {
      scene: () => scene,
      setPosition: (voxel) => void (setPosition(voxel) && events.position?.(voxel)),
      setWindow(window) {
        setLook({ window });
        events.window?.(window);
      },
      setMeasurements(measurements) {
        setMeasurements(measurements);
        events.measurements?.(measurements);
      },
      startEdit: editing.start,
      finishEdit(edit) {
        const box = edit && scene.labels && touchedBox(edit, scene.labels.size);
        if (!edit) return;
        try {
          events.edit?.(edit);
        } finally {
          // Whatever became of it: what is in the array now is what is seen.
          if (box) showLabels(box);
        }
      },
    },
    onCursor: (readout) => events.cursor?.(readout),
    onChange: (viewport) => events.viewport?.(viewport),
    onError: (error) => events.error?.(error),
    schedule,
    screenshot(viewport, marks) {
      cancelAnimationFrame(frame);
      draw();
      const area = areaOf(viewport.box(), canvas.getBoundingClientRect(), devicePixelRatio);
      return screenshotOf(canvas, area, marks);
    },
    onDispose(viewport) {
      viewports.delete(viewport);
      renderer.leave(viewport);
      observer.unobserve(viewport.element);
      outdate('picture');
    },
  };

  return {
    get scene() {
      return scene;
    },
    get steps() {
      return renderer.steps;
    },
    setVolume(volume, arrived = true) {
      cancelGestures();
      tool?.leave?.();
      renderer.setImage(volume, arrived);
      const middle = (volume?.raster.size ?? [0, 0, 0]).map((n) => n >> 1) as unknown as Triple;
      scene = { ...scene, volume, labels: null, position: middle, measurements: [] };
      for (const viewport of viewports) viewport.reset();
    },
    imageArrived(first, last) {
      renderer.imageArrived(first, last);
      outdateBox(slab(first, last));
    },
    setLabels(labels) {
      if (!labels) cancelGestures();
      editing.withoutStroke(() => {
        renderer.setLabels(labels);
        scene = { ...scene, labels };
      });
      outdate('picture');
    },
    withoutStroke: editing.withoutStroke,
    labelsChanged(slices) {
      if (!scene.labels) return;
      for (const slice of slices ?? []) showLabels(slab(slice, slice));
      if (slices !== undefined) return;
      renderer.labelsOutdated();
      outdate('picture');
    },
    setLabelStyles(styles) {
      renderer.setStyles(styles);
      outdate('picture');
    },
    setMap(kind, slice, map) {
      const box = renderer.setMap(kind, slice, map);
      if (box) outdateBox(box);
    },
    setBefore(source) {
      renderer.setBefore(source);
      outdate('picture');
    },
    setLook,
    setPosition: (voxel) => void setPosition(voxel),
    setMeasurements,
    setTool(next) {
      cancelGestures();
      if (next !== tool) tool?.leave?.();
      tool = next;
      outdate('marks');
    },
    toolChanged: () => outdate('marks'),
    cancelGesture: cancelGestures,
    addViewport(element, axis) {
      const viewport = createViewport(element, axis, host);
      viewports.add(viewport);
      observer.observe(element);
      schedule();
      return viewport;
    },
    settled: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        schedule();
      }),
    dispose() {
      if (isDisposed) return;
      for (const viewport of [...viewports]) viewport.dispose();
      isDisposed = true;
      observer.disconnect();
      cancelAnimationFrame(frame);
      renderer.dispose();
      canvas.remove();
    },
  };
}

/** Where a box of the page lies on the canvas, in whole device pixels. */
function areaOf({ left, right, top, bottom }: DOMRect, canvas: DOMRect, scale: number): Rect {
  const [x, y] = [Math.round((left - canvas.left) * scale), Math.round((top - canvas.top) * scale)];
  return {
    x,
    y,
    width: Math.round((right - canvas.left) * scale) - x,
    height: Math.round((bottom - canvas.top) * scale) - y,
  };
}
