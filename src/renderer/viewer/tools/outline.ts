import { polygonRegion } from '../../../shared/edit/index.ts';
import { voxelToScreen, type Point } from '../camera.ts';
import type { Shape } from '../shapes.ts';
import type { Act } from './act.ts';
import {
  inPlane,
  lastOf,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolPoint,
} from './tool.ts';

/** CSS pixels: points of a free line are no closer, and ends this close meet. */
const STEP = 2;
const CLOSE = 8;
/** A drag that goes less far is a click. CSS pixels. */
const CLICK = 6;
const DOUBLE_CLICK_MS = 350;

interface Outline {
  readonly event: ToolEvent;
  readonly points: ToolPoint[];
  readonly erase: boolean;
}

/**
 * Draws a closed line: corner by corner, closed by a double click, by a click on the first corner or
 * by Enter; or free, closed where the pointer is lifted. Both can be mixed once there is a corner.
 * Backspace takes the last corner back, Escape all.
 */
export function outlineTool(act: Act): Tool {
  let outline: Outline | undefined;
  let lastDown: { readonly at: Point; readonly time: number } | undefined;

  function close(context: ToolContext): void {
    const done = outline;
    outline = lastDown = undefined;
    const scene = context.scene();
    if (!scene.labels || !done || done.points.length < 3) return;
    const { plane } = done.event;
    const corners = done.points.map(({ position }) => inPlane(plane, position));
    const region = polygonRegion(scene.labels, plane, corners);
    context.finishEdit(act(region, { scene, plane, erase: done.erase }));
  }

  function isElsewhere({ view, slice }: ToolEvent): boolean {
    const start = outline?.event;
    return start?.slice !== slice || start.view.geometry !== view.geometry;
  }

  return {
    cursor: 'crosshair',
    begin(event, context) {
      if (!context.scene().labels) return undefined;
      const point = lastOf(event);
      if (isElsewhere(event)) outline = lastDown = undefined;
      const isDouble =
        lastDown !== undefined &&
        event.time - lastDown.time <= DOUBLE_CLICK_MS &&
        distance(lastDown.at, point.at) <= CLICK;
      lastDown = { at: point.at, time: event.time };
      const first = outline?.points[0];
      const meets = first && distance(voxelToScreen(event.view, first.position), point.at) <= CLOSE;
      if (outline && (isDouble || (meets && outline.points.length >= 3))) {
        close(context);
        return undefined;
      }
      const isNew = outline === undefined;
      outline ??= { event, points: [], erase: event.erase };
      outline.points.push(point);
      const { points } = outline;
      let way = 0;
      return {
        move(moved) {
          for (const next of moved.points) {
            const step = distance(points.at(-1)!.at, next.at);
            if (step < STEP) continue;
            way += step;
            if (way >= CLICK) points.push(next);
          }
        },
        end() {
          if (isNew && way > CLICK) close(context);
        },
        cancel: () => (outline = undefined),
      };
    },
    shapes(view, slice, pointer) {
      const start = outline?.event;
      if (!outline || start?.slice !== slice || start.view.geometry !== view.geometry) return [];
      const points = outline.points.map(({ position }) => voxelToScreen(view, position));
      const ink = outline.erase ? 'tool-erase' : 'tool';
      const corners: Shape[] = points
        .slice(0, 1)
        .map((centre) => ({ kind: 'circle', ink, centre, radius: 4 }));
      const back: Point[] = pointer
        ? [points.at(-1)!, pointer.at, points[0]!]
        : [points.at(-1)!, points[0]!];
      return [
        { kind: 'path', ink, points },
        { kind: 'path', ink, points: back, dashed: true },
        ...corners,
      ];
    },
    key(key, context) {
      if (!outline) return false;
      if (key === 'Enter') close(context);
      else if (key === 'Escape') outline = undefined;
      else if (key === 'Backspace') {
        outline.points.pop();
        if (outline.points.length === 0) outline = undefined;
      } else return false;
      return true;
    },
    leave: () => (outline = lastDown = undefined),
  };
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
