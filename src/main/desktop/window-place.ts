import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Rectangle = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });
export type Rectangle = z.infer<typeof Rectangle>;

const Place = z.object({ bounds: Rectangle, maximized: z.boolean() });
/** Where a window was left, in pixels of the screen. */
export type Place = z.infer<typeof Place>;

/** How much of a window must lie on a display to be found there. */
const VISIBLE = 100;

/** @returns undefined where nothing, or nothing of use, is remembered. */
export function readPlace(file: string): Place | undefined {
  try {
    return Place.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Forgetting a place is no reason to fail. */
export function writePlace(file: string, place: Place): void {
  try {
    writeFileSync(file, JSON.stringify(place));
  } catch {
    // A full or read-only disk: the window opens in the middle next time.
  }
}

/** Whether a window there would be seen: displays come and go. */
export function isVisible(bounds: Rectangle, displays: readonly Rectangle[]): boolean {
  const overlap = (from: number, size: number, dFrom: number, dSize: number): number =>
    Math.min(from + size, dFrom + dSize) - Math.max(from, dFrom);
  return displays.some(
    ({ x, y, width, height }) =>
      overlap(bounds.x, bounds.width, x, width) >= VISIBLE &&
      overlap(bounds.y, bounds.height, y, height) >= VISIBLE &&
      // Its title bar, to move it by.
      bounds.y >= y,
  );
}
