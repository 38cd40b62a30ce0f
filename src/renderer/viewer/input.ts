import type { Point } from './camera.ts';
import type { Gesture, Tool, ToolContext, ToolEvent, ToolPoint } from './tools/tool.ts';

/** What input does in a viewport. */
export interface InputTarget {
  /** Where the viewport is on the page. */
  readonly box: () => DOMRect;
  /** Null where nothing is shown. */
  readonly locate: (
    at: Point,
  ) =>
    | (Pick<ToolEvent, 'view' | 'slice' | 'plane'> & { readonly position: ToolPoint['position'] })
    | null;
  /** The tool of a mouse button: 0 primary, 1 middle, 2 secondary. */
  readonly toolFor: (button: number) => Tool | null;
  readonly context: ToolContext;
  /** Where the pointer is; undefined when it left. */
  readonly hover: (point: ToolPoint | undefined) => void;
  readonly scroll: (slices: number) => void;
  readonly zoom: (at: Point, factor: number) => void;
  readonly fail: (error: unknown) => void;
}

/** Of PointerEvent.buttons: the eraser of a pen. */
const PEN_ERASER = 32;
/** A notch of a wheel is at least so much; trackpads send less, many times. CSS pixels. */
const NOTCH = 50;
const TRACKPAD_STEP = 30;
const LINE = 40;

/**
 * Slices that a wheel event scrolls by: one for each notch, or for so much of a trackpad's way.
 * @param rest way left over from events before.
 */
export function wheelSteps(
  event: Pick<WheelEvent, 'deltaY' | 'deltaMode'>,
  rest: number,
): { readonly slices: number; readonly rest: number } {
  const delta = event.deltaMode === 0 ? event.deltaY : event.deltaY * LINE;
  if (Math.abs(delta) >= NOTCH) {
    return { slices: Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta) / 120)), rest: 0 };
  }
  // Turning back starts anew.
  const way = Math.sign(rest) === -Math.sign(delta) ? delta : rest + delta;
  const slices = Math.trunc(way / TRACKPAD_STEP);
  return { slices, rest: way - slices * TRACKPAD_STEP };
}

/** Listens to pointer, pen, wheel and keys of an element. @returns what ends it. */
export function listen(element: HTMLElement, target: InputTarget): InputHandle {
  const ending = new AbortController();
  const { signal } = ending;
  let gesture: { readonly is: Gesture; readonly pointer: number } | undefined;
  let rest = 0;

  const pointOf = (event: PointerEvent, box: DOMRect): ToolPoint | null => {
    const at: Point = [event.clientX - box.left, event.clientY - box.top];
    const located = target.locate(at);
    if (!located) return null;
    const isPressed = event.pointerType === 'pen' && event.buttons !== 0;
    return { at, position: located.position, ...(isPressed && { pressure: event.pressure }) };
  };

  function toEvent(event: PointerEvent): ToolEvent | null {
    const box = target.box();
    const located = target.locate([event.clientX - box.left, event.clientY - box.top]);
    if (!located) return null;
    // Pages that came over plain HTTP from another machine do not have them.
    const hasCoalesced = event.type === 'pointermove' && 'getCoalescedEvents' in event;
    const all = hasCoalesced ? event.getCoalescedEvents() : [];
    const points = (all.length > 0 ? all : [event])
      .map((each) => pointOf(each, box))
      .filter((point) => point !== null);
    const [first, ...more] = points;
    if (!first) return null;
    return {
      view: located.view,
      slice: located.slice,
      plane: located.plane,
      points: [first, ...more],
      time: event.timeStamp,
      erase: (event.buttons & PEN_ERASER) !== 0 || event.altKey,
      shift: event.shiftKey,
    };
  }

  /** The error of a tool is reported, and what it was doing is taken back. */
  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      const failed = gesture;
      gesture = undefined;
      target.fail(error);
      try {
        failed?.is.cancel();
      } catch (second) {
        target.fail(second);
      }
    }
  }

  function on<K extends keyof HTMLElementEventMap>(
    type: K,
    handle: (event: HTMLElementEventMap[K]) => void,
  ): void {
    element.addEventListener(type, (event) => guarded(() => handle(event)), {
      signal,
      passive: false,
    });
  }

  on('pointerdown', (event) => {
    event.preventDefault();
    element.focus({ preventScroll: true });
    const tool = gesture ? null : target.toolFor(event.buttons & PEN_ERASER ? 0 : event.button);
    const first = tool && toEvent(event);
    if (!tool || !first) return;
    element.setPointerCapture(event.pointerId);
    target.hover(first.points[0]);
    const begun = tool.begin(first, target.context);
    gesture = begun && { is: begun, pointer: event.pointerId };
  });
  on('pointermove', (event) => {
    const moved = toEvent(event);
    target.hover(moved?.points.at(-1));
    if (moved && gesture?.pointer === event.pointerId) gesture.is.move(moved);
  });
  on('pointerup', (event) => {
    if (gesture?.pointer !== event.pointerId) return;
    const { is } = gesture;
    gesture = undefined;
    is.end();
  });
  on('pointercancel', (event) => {
    if (gesture?.pointer === event.pointerId) cancel();
  });
  on('pointerleave', () => target.hover(undefined));
  on('contextmenu', (event) => event.preventDefault());
  on('wheel', (event) => {
    event.preventDefault();
    if (gesture) return;
    if (event.ctrlKey || event.metaKey) {
      const box = target.box();
      const at: Point = [event.clientX - box.left, event.clientY - box.top];
      // Pinching a trackpad comes as small steps with the control key.
      const delta = event.deltaMode === 0 ? event.deltaY : event.deltaY * LINE;
      target.zoom(at, Math.exp(-delta * (Math.abs(delta) < NOTCH ? 0.01 : 0.002)));
      return;
    }
    const steps = wheelSteps(event, rest);
    rest = steps.rest;
    if (steps.slices !== 0) target.scroll(steps.slices);
  });
  on('keydown', (event) => {
    if (gesture && event.key === 'Escape') cancel();
    else if (target.toolFor(0)?.key?.(event.key, target.context) !== true) return;
    event.preventDefault();
    event.stopPropagation();
  });

  function cancel(): void {
    const cancelled = gesture;
    gesture = undefined;
    if (cancelled) guarded(() => cancelled.is.cancel());
  }

  return {
    get isBusy() {
      return gesture !== undefined;
    },
    cancel,
    end() {
      cancel();
      ending.abort();
    },
  };
}

export interface InputHandle {
  /** A gesture is under way. */
  readonly isBusy: boolean;
  /** Drops it, taking back what it did. */
  cancel(): void;
  end(): void;
}
