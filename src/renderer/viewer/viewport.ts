import type { Box, Plane } from '../../shared/edit/index.ts';
import type { Axis, Triple } from '../../shared/volume.ts';
import {
  fitCamera,
  pan,
  screenToVoxel,
  sliceGeometry,
  zoomAt,
  type Camera,
  type SliceGeometry,
  type View,
} from './camera.ts';
import { createCine } from './cine.ts';
import { listen } from './input.ts';
import { paint } from './overlay.ts';
import { boxBounds, pictureOf, type Rect } from './picture.ts';
import type { Renderer } from './renderer.ts';
import { editPlane, movedTo, readOut, sliceThrough, type Readout, type Scene } from './scene.ts';
import { sceneShapes } from './shapes.ts';
import type { Tool, ToolContext, ToolPoint } from './tools/tool.ts';

/** The slices of the volume across one of its axes, in an element of the page. */
export interface Viewport {
  readonly element: HTMLElement;
  /** Of the volume, across which its slices are cut. */
  readonly axis: Axis;
  /** Index of the slice that is shown along that axis, and how many there are. */
  readonly slice: number;
  readonly slices: number;
  /** The slice as the editing tools name it. */
  readonly cut: Plane;
  /** CSS pixels per mm. */
  readonly scale: number;
  setAxis(axis: Axis): void;
  scrollTo(slice: number): void;
  scrollBy(slices: number): void;
  /** Shows the whole slice, and keeps to it when the element's size changes. */
  fit(): void;
  /** About the middle. */
  zoomBy(factor: number): void;
  /** Moves the picture by a part of the element's size, to the right and down. */
  panBy(x: number, y: number): void;
  /** Plays the slices, round and round. */
  play(slicesPerSecond: number): void;
  stop(): void;
  readonly isPlaying: boolean;
  /** PNG of what is shown, marks included, the cursor left out. */
  screenshot(): Promise<Blob>;
  dispose(): void;
}

/** What a viewport needs of its viewer. */
export interface ViewportHost {
  readonly renderer: Renderer;
  readonly scene: () => Scene;
  readonly toolFor: (button: number) => Tool | null;
  readonly tools: Omit<ToolContext, 'setCamera'>;
  readonly onCursor: (readout: Readout | null) => void;
  readonly onChange: (viewport: Viewport) => void;
  readonly onError: (error: unknown) => void;
  /** Asks for a frame. */
  readonly schedule: () => void;
  /** A viewport as it is seen, with its marks. */
  readonly screenshot: (viewport: ViewerViewport, marks: HTMLCanvasElement) => Promise<Blob>;
  readonly onDispose: (viewport: ViewerViewport) => void;
}

/** What the viewer needs of a viewport. */
export interface ViewerViewport extends Viewport {
  /** The volume is another one. */
  reset(): void;
  /** The planes met in another voxel before. */
  moved(before: Triple): void;
  /** All of the picture has changed, or what shows a box of voxels, or only the marks. */
  outdate(what: 'picture' | 'marks' | Box): void;
  /** Whether the slice that is shown goes through a box of voxels. */
  meets(box: Box): boolean;
  cancelGesture(): boolean;
  /** Where it is on the page. */
  box(): DOMRect;
  /** Draws what is out of date. @param area in device pixels of the canvas; @param isNew it moved. */
  draw(area: Rect, isNew: boolean): void;
}

export function createViewport(
  element: HTMLElement,
  initial: Axis,
  host: ViewportHost,
): ViewerViewport {
  const { renderer, scene } = host;
  const overlay = document.createElement('canvas');
  if (getComputedStyle(element).position === 'static') element.style.position = 'relative';
  element.style.touchAction = 'none';
  element.tabIndex = 0;
  overlay.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;pointer-events:none';
  element.append(overlay);
  const marks = overlay.getContext('2d')!;
  let axis = initial;
  let geometry: SliceGeometry | undefined;
  /** [columns, rows] of the frame that is shown, where frames are of several sizes. */
  let frame: readonly [number, number] | undefined;
  /** Undefined: fitted. */
  let camera: Camera | undefined;
  let pointer: ToolPoint | undefined;
  /** What of the picture is out of date: all of it, or what a box of voxels covers. */
  let stale: Box | 'all' | undefined = 'all';
  let areMarksStale = true;

  function geometryNow(): SliceGeometry | undefined {
    const { volume, position } = scene();
    const next = volume?.raster.frameSizes?.[position[2]];
    if (next?.join() !== frame?.join()) geometry = undefined;
    frame = next;
    return (geometry ??= volume ? sliceGeometry(volume.raster, axis, frame) : undefined);
  }
  // Of the overlay, which fills the element within its borders.
  const box = (): DOMRect => overlay.getBoundingClientRect();
  function view(): View | undefined {
    const shown = geometryNow();
    const screen = box();
    if (!shown || screen.width === 0 || screen.height === 0) return undefined;
    return { geometry: shown, screen, camera: camera ?? fitCamera(shown, screen) };
  }
  const sliceNow = (): number => {
    const shown = geometryNow();
    return shown ? sliceThrough(shown, scene().position) : 0;
  };
  function outdate(what: 'picture' | 'marks' | Box): void {
    if (what === 'picture') stale = 'all';
    else if (what !== 'marks') stale = stale === undefined ? what : union(stale, what);
    areMarksStale = true;
    host.schedule();
  }
  function setCamera(next: Camera | undefined): void {
    camera = next;
    outdate('picture');
    host.onChange(viewport);
  }
  function tellCursor(): void {
    if (!pointer) return;
    const shown = view();
    if (!shown) return host.onCursor(null);
    const slice = sliceNow();
    const position = screenToVoxel(shown, pointer.at, slice);
    host.onCursor(readOut(scene(), { axis, slice, position }, renderer.mapValue));
  }
  function scrollTo(slice: number): void {
    const shown = geometryNow();
    if (!shown) return;
    host.tools.setPosition(movedTo(shown, scene().position, slice));
  }
  const cine = createCine((steps) => {
    const count = geometryNow()?.size[2] ?? 1;
    scrollTo((sliceNow() + steps) % count);
  });
  const input = listen(element, {
    box,
    locate(at) {
      const shown = view();
      if (!shown) return null;
      const slice = sliceNow();
      const position = screenToVoxel(shown, at, slice);
      return { view: shown, slice, plane: editPlane(shown.geometry, slice), position };
    },
    toolFor: host.toolFor,
    context: { ...host.tools, setCamera },
    hover(point) {
      pointer = point;
      outdate('marks');
      if (point) tellCursor();
      else host.onCursor(null);
    },
    scroll: (steps) => scrollTo(sliceNow() + steps),
    zoom(at, factor) {
      const shown = view();
      if (shown) setCamera(zoomAt(shown, at, factor));
    },
    fail: host.onError,
  });

  function drawMarks(shown: View | undefined, scale: number): void {
    if (!shown) return marks.clearRect(0, 0, overlay.width, overlay.height);
    const slice = sliceNow();
    const tool = host.toolFor(0);
    element.style.cursor = tool?.cursor ?? 'default';
    const shapes = [
      ...sceneShapes(shown, slice, scene()),
      ...(tool?.shapes?.(shown, slice, pointer) ?? []),
    ];
    paint(marks, shapes, shown.screen, scale);
  }

  const viewport: ViewerViewport = {
    element,
    get axis() {
      return axis;
    },
    get slice() {
      return sliceNow();
    },
    get slices() {
      return geometryNow()?.size[2] ?? 0;
    },
    get cut(): Plane {
      const shown = geometryNow();
      return shown ? editPlane(shown, sliceNow()) : { axis, index: 0 };
    },
    get scale() {
      return view()?.camera.scale ?? 0;
    },
    setAxis(next) {
      axis = next;
      viewport.reset();
    },
    scrollTo,
    scrollBy: (steps) => scrollTo(sliceNow() + steps),
    fit: () => setCamera(undefined),
    zoomBy(factor) {
      const shown = view();
      if (!shown) return;
      const { width, height } = shown.screen;
      setCamera(zoomAt(shown, [width / 2, height / 2], factor));
    },
    panBy(x, y) {
      const shown = view();
      if (!shown) return;
      const { width, height } = shown.screen;
      setCamera(pan(shown.camera, [x * width, y * height]));
    },
    play: (perSecond) => cine.play(perSecond),
    stop: () => cine.stop(),
    get isPlaying() {
      return cine.isPlaying;
    },
    reset() {
      input.cancel();
      geometry = undefined;
      setCamera(undefined);
    },
    moved(before) {
      const shown = geometryNow();
      const hasMoved = shown !== undefined && sliceThrough(shown, before) !== sliceNow();
      outdate(hasMoved ? 'picture' : 'marks');
      if (hasMoved) host.onChange(viewport);
    },
    outdate,
    meets({ from, size }) {
      const shown = geometryNow();
      if (!shown) return false;
      const index = sliceNow();
      return index >= from[axis] && index < from[axis] + size[axis];
    },
    cancelGesture() {
      const wasBusy = input.isBusy;
      input.cancel();
      return wasBusy;
    },
    box,
    draw(area, isNew) {
      if (!isNew && !stale && !areMarksStale) return;
      const shown = view();
      const { look } = scene();
      const part = isNew ? 'all' : stale;
      if (part === 'all' || !shown) renderer.clear(area, look.background);
      if (shown && part) {
        const clip = part === 'all' ? area : boxBounds(shown, area, part, look.lineWidth);
        renderer.draw(
          viewport,
          viewport.cut,
          pictureOf(shown, sliceNow(), area, look.lineWidth),
          look,
          clip,
        );
      }
      if (overlay.width !== area.width || overlay.height !== area.height) {
        overlay.width = area.width;
        overlay.height = area.height;
      }
      drawMarks(shown, shown ? area.width / shown.screen.width : 1);
      // The pointer rests while slices, labels and maps change below it.
      if (part) tellCursor();
      stale = undefined;
      areMarksStale = false;
    },
    screenshot() {
      // The cursor is no part of the picture.
      const held = pointer;
      pointer = undefined;
      areMarksStale = true;
      const picture = host.screenshot(viewport, overlay);
      pointer = held;
      outdate('marks');
      return picture;
    },
    dispose() {
      cine.stop();
      input.end();
      overlay.remove();
      host.onDispose(viewport);
    },
  };
  return viewport;
}

/** The smallest box around two. */
function union(a: Box | 'all', b: Box): Box | 'all' {
  if (a === 'all') return 'all';
  const from = a.from.map((v, axis) => Math.min(v, b.from[axis]!)) as unknown as Triple;
  const end = (axis: Axis): number =>
    Math.max(a.from[axis] + a.size[axis], b.from[axis] + b.size[axis]) - from[axis];
  return { from, size: [end(0), end(1), end(2)] };
}
