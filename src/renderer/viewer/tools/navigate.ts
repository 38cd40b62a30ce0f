import type { Window } from '../../../shared/volume.ts';
import { pan, voxelAt, zoomAt, type Point } from '../camera.ts';
import type { Gesture, Tool, ToolEvent } from './tool.ts';
import { lastOf } from './tool.ts';

/** Dragging so many CSS pixels across makes a window e times as wide. */
const WINDOW_DRAG = 200;
/** Dragging so many up or down moves it by its width. */
const LEVEL_DRAG = 400;
/** Dragging so many upwards comes e times as close. */
const ZOOM_DRAG = 150;

/**
 * The window after a drag: wider to the right, higher values (a darker picture) downwards, in steps
 * that go with its width.
 * @param isInteger values are whole numbers: so are centre and width.
 */
export function draggedWindow(start: Window, [dx, dy]: Point, isInteger: boolean): Window {
  const width = start.width * Math.exp(dx / WINDOW_DRAG);
  const centre = start.centre + (start.width * dy) / LEVEL_DRAG;
  return isInteger
    ? { centre: Math.round(centre), width: Math.max(1, Math.round(width)) }
    : { centre, width };
}

/** A gesture that follows the pointer from where it went down, by CSS pixels. */
function drag(
  first: ToolEvent,
  follow: (by: Point, event: ToolEvent) => void,
  reset: () => void,
): Gesture {
  const start = lastOf(first).at;
  return {
    move(event) {
      const { at } = lastOf(event);
      follow([at[0] - start[0], at[1] - start[1]], event);
    },
    end: () => undefined,
    cancel: reset,
  };
}

export const windowTool: Tool = {
  cursor: 'default',
  begin(event, { scene, setWindow }) {
    const { volume, look } = scene();
    if (!volume) return undefined;
    const isInteger = !(volume.values instanceof Float32Array);
    return drag(
      event,
      (by) => setWindow(draggedWindow(look.window, by, isInteger)),
      () => setWindow(look.window),
    );
  },
};

export const panTool: Tool = {
  cursor: 'grab',
  begin: (event, { setCamera }) =>
    drag(
      event,
      (by) => setCamera(pan(event.view.camera, by)),
      () => setCamera(event.view.camera),
    ),
};

export const zoomTool: Tool = {
  cursor: 'zoom-in',
  begin(event, { setCamera }) {
    const { at } = lastOf(event);
    return drag(
      event,
      ([, dy]) => setCamera(zoomAt(event.view, at, Math.exp(-dy / ZOOM_DRAG))),
      () => setCamera(event.view.camera),
    );
  },
};

/** All planes go through the voxel under the pointer. */
export const crosshairTool: Tool = {
  cursor: 'crosshair',
  begin(first, { scene, setPosition }) {
    const before = scene().position;
    const follow = (event: ToolEvent): void => {
      const { volume } = scene();
      const voxel = volume && voxelAt(volume.raster.size, lastOf(event).position);
      if (voxel) setPosition(voxel);
    };
    follow(first);
    return { move: follow, end: () => undefined, cancel: () => setPosition(before) };
  },
};
