import type { SlicePlane } from '../ranking/index.ts';
import type { UncertaintyMaps } from '../uncertainty.ts';
import { fitTrust, withNeighbours, type ModelMaps } from './combine.ts';
import { createNeighbours, type AnnotatedSlice, type Evidence } from './neighbours.ts';
import { regionOf } from './region.ts';

/** A slice that somebody has decided on, and what the model had to say of it. */
export interface DecidedLabel extends AnnotatedSlice {
  /** Null where it was not asked, or has learned from the slice. */
  readonly probability: Float32Array | null;
}

/**
 * Joins the model's maps of a slice with what annotated ones say. One that is annotated itself is
 * joined with the others only: what was suggested of it does not change by its being accepted.
 * @returns maps of the whole plane; null where no other slice is annotated.
 */
export type Join = (slice: Omit<AnnotatedSlice, 'mask'>, maps: ModelMaps) => UncertaintyMaps | null;

/**
 * What annotated slices of a series tell of one label in its other slices: its shape between
 * neighbours, its grey values, and how far both and the model are to be trusted, which is fitted on
 * every annotated slice as if it were not.
 *
 * Farther than `REACH` around all that was annotated nothing is computed where the model, too, sees
 * nothing; where it does see something there, the way to that box stands for the distance and grey
 * values say nothing.
 * @param annotated any order; positions differ.
 * @returns null where the model alone is to speak: nothing is annotated, or only slices that do not
 *   show the structure and in which the model did not see it either.
 */
export function createJoin(annotated: readonly DecidedLabel[], plane: SlicePlane): Join | null {
  if (!annotated.some(isNews)) return null;
  const region = regionOf(
    annotated.map(({ mask }) => mask),
    plane,
  );
  const evidenceOf = createNeighbours(
    annotated.map(({ position, values, mask }) => ({
      position,
      values: picked(values, region.pixels),
      mask: Uint8Array.from(picked(mask, region.pixels)),
    })),
    region.plane,
  );
  const evidenceAt = (slice: Omit<AnnotatedSlice, 'mask'>, pixels: Int32Array): Evidence | null => {
    const { position, values } = slice;
    const isAnnotated = annotated.some((other) => other.position === position);
    const inside = evidenceOf({ position, values: picked(values, region.pixels) }, isAnnotated);
    return inside && extended(inside, pixels, region.beyond);
  };
  const trust = fitTrust(
    annotated.map((slice) => {
      const { mask, probability } = slice;
      const pixels = probability === null ? region.pixels : region.pixelsWith(probability);
      return {
        probability: probability && picked(probability, pixels),
        evidence: evidenceAt(slice, pixels),
        truth: Uint8Array.from(picked(mask, pixels)),
      };
    }),
  );
  return (slice, maps) => {
    const pixels = region.pixelsWith(maps.probability);
    const evidence = evidenceAt(slice, pixels);
    if (evidence === null) return null;
    const model = {
      probability: picked(maps.probability, pixels),
      aleatoric: picked(maps.aleatoric, pixels),
    };
    const joined = withNeighbours(model, evidence, trust);
    const whole = (map: Float32Array): Float32Array => spread(map, pixels, maps.probability.length);
    return {
      probability: whole(joined.probability),
      total: whole(joined.total),
      aleatoric: whole(joined.aleatoric),
      epistemic: whole(joined.epistemic),
    };
  };
}

const isNews = ({ mask, probability }: DecidedLabel): boolean =>
  mask.includes(1) || (probability?.some((p) => p > 0.5) ?? false);

/** @param pixels those of the region, then others. */
function extended(
  inside: Evidence,
  pixels: Int32Array,
  beyond: (pixel: number) => number,
): Evidence {
  const distance = new Float32Array(pixels.length);
  const grey = new Float32Array(pixels.length);
  distance.set(inside.distance);
  grey.set(inside.grey);
  for (let n = inside.distance.length; n < pixels.length; n++) {
    distance[n] = -inside.far - beyond(pixels[n]!);
  }
  return { ...inside, distance, grey };
}

function picked(map: ArrayLike<number>, pixels: Int32Array): Float32Array {
  const values = new Float32Array(pixels.length);
  for (let n = 0; n < pixels.length; n++) values[n] = map[pixels[n]!]!;
  return values;
}

/** 0 elsewhere. */
function spread(values: Float32Array, pixels: Int32Array, length: number): Float32Array {
  const map = new Float32Array(length);
  for (let n = 0; n < pixels.length; n++) map[pixels[n]!] = values[n]!;
  return map;
}
