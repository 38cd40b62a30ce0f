import { diff, encodePatch } from '../../src/shared/labelmap/patch.ts';

/**
 * A slice of `edits.apply`.
 * @param labels of all pixels of the slice afterwards.
 * @param before what whoever asks for it has seen there.
 */
export const slicePatch = (
  index: number,
  labels: Uint8Array,
  before: Uint8Array = new Uint8Array(labels.length),
): { index: number; patch: Uint8Array } => ({ index, patch: encodePatch(diff(before, labels)) });
