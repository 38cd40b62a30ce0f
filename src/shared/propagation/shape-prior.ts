import type { SlicePlane } from '../queue/index.ts';
import { outlineDistances, shifted } from './outline.ts';

/** Where a structure is in a slice. */
export interface ShapeSlice {
  /** Along the normal, mm. */
  readonly position: number;
  /** 0 and 1, one value per pixel; an empty one says that the structure is not there. */
  readonly mask: Uint8Array;
}

/** What the shapes in annotated slices say of another one. */
export interface ShapePrior {
  /** mm from the outline, positive inside; -`REACH` all over where there is no shape. */
  readonly distance: Float32Array;
  /** mm to the nearest annotated slice; more where there is none on the other side. */
  readonly gap: number;
}

/** As good as far away, mm. */
export const REACH = 10;

/** Between a slice that shows the structure and one that does not, it ends on average this far on. */
const ENDS_AT = 0.7;

/** Beyond the last annotated slice, if it shows the structure, a mm is as uncertain as so many. */
const BEYOND = 2;

/**
 * The shape between annotated slices: signed distances to the outlines of the nearest ones before
 * and behind, interpolated linearly (Raya and Udupa, "Shape-based interpolation of multidimensional
 * objects", IEEE TMI 9, 1990), after both were moved to where the centre is on its way from one to
 * the other, so that a structure that runs aslant keeps its shape. Towards an empty slice it
 * shrinks evenly, and beyond the first and last annotated slice by 1 mm each mm, of which less and
 * less is sure.
 * @param annotated any order; positions differ.
 * @returns a function of a position, without the annotated slice at the position `except`; null
 *   where no annotated slice is left.
 */
export function createShapePrior(
  annotated: readonly ShapeSlice[],
  plane: SlicePlane,
): (position: number, except?: number) => ShapePrior | null {
  const known = [...annotated]
    .sort((a, b) => a.position - b.position)
    .map(({ position, mask }) => ({ position, outline: outlineOf(mask, plane) }));
  return (position, except) => {
    const others = known.filter((slice) => slice.position !== except);
    const before = others.findLast((slice) => slice.position <= position);
    const behind = others.find((slice) => slice.position >= position);
    const nearest = before ?? behind;
    if (nearest === undefined) return null;
    if (before === undefined || behind === undefined || before === behind) {
      const mm = Math.abs(nearest.position - position);
      const distance = shrunk(nearest.outline, mm, plane);
      for (let i = 0; i < distance.length; i++) distance[i] = Math.max(-REACH, distance[i]!);
      return { distance, gap: nearest.outline === null ? mm : BEYOND * mm };
    }
    const t = (position - before.position) / (behind.position - before.position);
    return {
      distance: between(before.outline, behind.outline, t, plane),
      gap: Math.min(position - before.position, behind.position - position),
    };
  };
}

/** A mask as distances; null where it is empty. */
type Outline = {
  /** mm, positive inside. */
  readonly distance: Float32Array;
  /** Column and row. */
  readonly centre: readonly [number, number];
  /** mm from the outline to the innermost pixel. */
  readonly depth: number;
} | null;

function outlineOf(mask: Uint8Array, plane: SlicePlane): Outline {
  let [pixels, columns, rows] = [0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    pixels++;
    columns += i % plane.columns;
    rows += Math.floor(i / plane.columns);
  }
  if (pixels === 0) return null;
  const distance = outlineDistances(mask, plane);
  let depth = 0;
  for (const d of distance) depth = Math.max(depth, d);
  return { distance, centre: [columns / pixels, rows / pixels], depth };
}

function shrunk(outline: Outline, mm: number, { columns, rows }: SlicePlane): Float32Array {
  const distance = new Float32Array(columns * rows).fill(-REACH);
  if (outline === null) return distance;
  for (let i = 0; i < distance.length; i++) distance[i] = outline.distance[i]! - mm;
  return distance;
}

/** @param t the part of the way from `a` to `b`. */
function between(a: Outline, b: Outline, t: number, plane: SlicePlane): Float32Array {
  if (a === null || b === null) {
    const part = b === null ? t : 1 - t;
    return shrunk(a ?? b, (part / ENDS_AT) * ((a ?? b)?.depth ?? 0), plane);
  }
  const [x, y] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]];
  const fromA = shifted(a.distance, plane, t * x, t * y);
  const fromB = shifted(b.distance, plane, (t - 1) * x, (t - 1) * y);
  const distance = new Float32Array(fromA.length);
  for (let i = 0; i < distance.length; i++) distance[i] = (1 - t) * fromA[i]! + t * fromB[i]!;
  return distance;
}
