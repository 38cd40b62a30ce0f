import type { SlicePlane } from '../ranking/index.ts';
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
  /** mm from the outline, positive inside; where there is no shape, the same all over. */
  readonly distance: Float32Array;
  /** mm to the nearest annotated slice; more where there is none on the other side. */
  readonly gap: number;
  /** mm outside the outline at which all shapes are far away in this slice. */
  readonly far: number;
}

/** As good as far away within a slice, mm. */
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
 * less is sure. Among empty slices the outline is as far away as the nearest slice that shows the
 * structure, and not nearer than `REACH`: slices may lie farther apart than that.
 * @param annotated any order; positions differ.
 * @returns a function of a position, without the annotated slice at the position `except`; null
 *   where no annotated slice is left.
 */
export function createShapePrior(
  annotated: readonly ShapeSlice[],
  plane: SlicePlane,
): (position: number, except?: number) => ShapePrior | null {
  const inOrder = [...annotated]
    .sort((a, b) => a.position - b.position)
    .map(({ position, mask }) => ({ position, outline: outlineOf(mask, plane) }));
  return (position, except) => {
    const mmTo = (slice: { readonly position: number }): number =>
      Math.abs(slice.position - position);
    const others = inOrder.filter((slice) => slice.position !== except);
    const before = others.findLast((slice) => slice.position <= position);
    const behind = others.find((slice) => slice.position >= position);
    const nearest = before ?? behind;
    if (nearest === undefined) return null;
    const gap = Math.min(...[before, behind].flatMap((slice) => (slice ? mmTo(slice) : [])));
    if (!before?.outline && !behind?.outline) {
      const away = Math.min(...others.flatMap((slice) => (slice.outline ? mmTo(slice) : [])));
      const far = away < Infinity ? Math.max(REACH, away) : REACH;
      return { distance: new Float32Array(plane.columns * plane.rows).fill(-far), gap, far };
    }
    if (before === undefined || behind === undefined || before === behind) {
      const distance = shrunk(nearest.outline!, gap).map((mm) => Math.max(-REACH, mm));
      return { distance, gap: BEYOND * gap, far: REACH };
    }
    const t = (position - before.position) / (behind.position - before.position);
    return { distance: between(before.outline, behind.outline, t, plane), gap, far: REACH };
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

const shrunk = (outline: NonNullable<Outline>, mm: number): Float32Array =>
  outline.distance.map((d) => d - mm);

/** @param t the part of the way from `a` to `b`, of which one at least is not empty. */
function between(a: Outline, b: Outline, t: number, plane: SlicePlane): Float32Array {
  if (a === null || b === null) {
    const [shown, part] = a === null ? [b!, 1 - t] : [a, t];
    return shrunk(shown, (part / ENDS_AT) * shown.depth);
  }
  const [x, y] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]];
  const fromA = shifted(a.distance, plane, t * x, t * y);
  const fromB = shifted(b.distance, plane, (t - 1) * x, (t - 1) * y);
  const distance = new Float32Array(fromA.length);
  for (let i = 0; i < distance.length; i++) distance[i] = (1 - t) * fromA[i]! + t * fromB[i]!;
  return distance;
}
