import { squaredDistances } from '../metrics/distance.ts';
import type { SlicePlane } from '../queue/index.ts';

/** A slice whose mask somebody has decided on. */
export interface AnnotatedSlice {
  /** Along the normal, mm. */
  readonly position: number;
  /** 0 and 1, one value per pixel; an empty one says that the structure is not there. */
  readonly mask: Uint8Array;
}

/** What the shapes in annotated slices say of another one. */
export interface ShapePrior {
  /** mm from the outline, positive inside, held within ±`REACH`. */
  readonly distance: Float32Array;
  /** mm to the nearest annotated slice. */
  readonly gap: number;
}

/** Farther from an outline, mm, nothing surer can be said. */
export const REACH = 10;

/**
 * The shape between annotated slices: signed distances to the outlines of the nearest ones before
 * and behind, interpolated linearly (Raya and Udupa, "Shape-based interpolation of multidimensional
 * objects", IEEE TMI 9, 1990). Beyond the first and last annotated slice the nearest one's shape.
 * @param annotated any order; positions differ.
 * @returns a function of a position, without the annotated slice at the position `except`; null
 *   where no annotated slice is left.
 */
export function createShapePrior(
  annotated: readonly AnnotatedSlice[],
  plane: SlicePlane,
): (position: number, except?: number) => ShapePrior | null {
  const known = [...annotated]
    .sort((a, b) => a.position - b.position)
    .map(({ position, mask }) => ({ position, distance: signedDistances(mask, plane) }));
  return (position, except) => {
    const others = known.filter((slice) => slice.position !== except);
    const before = others.findLast((slice) => slice.position <= position);
    const behind = others.find((slice) => slice.position >= position);
    const nearest = before ?? behind;
    if (nearest === undefined) return null;
    if (before === undefined || behind === undefined || before === behind) {
      return { distance: nearest.distance, gap: Math.abs(nearest.position - position) };
    }
    const t = (position - before.position) / (behind.position - before.position);
    return {
      distance: before.distance.map((d, i) => (1 - t) * d + t * behind.distance[i]!),
      gap: Math.min(position - before.position, behind.position - position),
    };
  };
}

/** mm to the nearest pixel of the other side, less half the way between the two, within ±`REACH`. */
function signedDistances(mask: Uint8Array, { columns, rows, spacing }: SlicePlane): Float32Array {
  const size = [columns, rows, 1] as const;
  const mm = [...spacing, 1] as const;
  const toInside = squaredDistances(mask, size, mm);
  const toOutside = squaredDistances(mask.map((v) => 1 - v), size, mm); // prettier-ignore
  const half = (spacing[0] + spacing[1]) / 4;
  return Float32Array.from(mask, (v, i) => {
    const distance = v ? Math.sqrt(toOutside[i]!) - half : half - Math.sqrt(toInside[i]!);
    return Math.max(-REACH, Math.min(REACH, distance));
  });
}
