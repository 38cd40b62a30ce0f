import type { SlicePlane } from '../ranking/index.ts';
import { createAppearance } from './appearance.ts';
import { createShapePrior } from './shape-prior.ts';

/** A slice that somebody has decided on: what it shows, and where the structure is in it. */
export interface AnnotatedSlice {
  /** Along the normal, mm. */
  readonly position: number;
  /** One per pixel, in any unit that all slices share. */
  readonly values: ArrayLike<number>;
  /** 0 and 1, one per pixel; an empty one says that the structure is not there. */
  readonly mask: Uint8Array;
}

/** What annotated slices say of another one, pixel by pixel. */
export interface Evidence {
  /** mm from the outline that their shapes suggest, positive inside. */
  readonly distance: Float32Array;
  /** ln of how much more common the grey value is inside than around the structure. */
  readonly grey: Float32Array;
  /** mm to the nearest annotated slice. */
  readonly gap: number;
  /** mm outside the outline at which all shapes are far away in this slice. */
  readonly far: number;
}

/**
 * @param annotated any order; positions differ.
 * @returns a function of a slice, without the annotated one at its position if `leaveOut`; null
 *   where no annotated slice is left.
 */
export function createNeighbours(
  annotated: readonly AnnotatedSlice[],
  plane: SlicePlane,
): (slice: Omit<AnnotatedSlice, 'mask'>, leaveOut?: boolean) => Evidence | null {
  const shape = createShapePrior(annotated, plane);
  const appearance = createAppearance(
    annotated.map((slice) => ({ ...slice, distance: shape(slice.position)!.distance })),
    plane,
  );
  return ({ position, values }, leaveOut = false) => {
    const except = leaveOut ? position : undefined;
    const prior = shape(position, except);
    return prior && { ...prior, grey: appearance(values, except) };
  };
}
