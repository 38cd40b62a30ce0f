import type { Measurement } from '../scene.ts';
import { endAt } from '../shapes.ts';
import { lastOf, type Tool } from './tool.ts';

/** Shorter than this many CSS pixels is a slip of the hand, not a measurement. */
const SHORTEST = 4;

/** Distances: drag from end to end; drag an end to move it; Backspace or Delete takes the last away. */
export const measureTool: Tool = {
  cursor: 'crosshair',
  begin(event, { scene, setMeasurements }) {
    const before = scene().measurements;
    const { at, position } = lastOf(event);
    const { view, slice } = event;
    const held = endAt(view, slice, before, at);
    const index = held?.index ?? before.length;
    const end = held?.end ?? 'to';
    const start: Measurement = before[index] ?? {
      axis: view.geometry.axis,
      slice,
      from: position,
      to: position,
    };
    let moved = 0;
    return {
      move(next) {
        const now = lastOf(next);
        moved = Math.max(moved, Math.hypot(now.at[0] - at[0], now.at[1] - at[1]));
        setMeasurements(before.toSpliced(index, 1, { ...start, [end]: now.position }));
      },
      end() {
        if (held === undefined && moved < SHORTEST) setMeasurements(before);
      },
      cancel: () => setMeasurements(before),
    };
  },
  key(key, { scene, setMeasurements }) {
    const { measurements } = scene();
    if ((key !== 'Backspace' && key !== 'Delete') || measurements.length === 0) return false;
    setMeasurements(measurements.slice(0, -1));
    return true;
  },
};
