/** A label that is suggested in a slice. */
export interface Suggested {
  /** In the label map. */
  readonly value: number;
  /** 0 … 255 for probability 0 … 1, one value per pixel. */
  readonly probability: Uint8Array;
}

/** Probabilities above ½ are suggested: the first code above it. */
const HALF = 128;

/** @param probability 0 … 255 for 0 … 1. */
export const isSuggested = (probability: number): boolean => probability >= HALF;

/** Of each pixel, the most probable label above ½ (the first of equals), or 0. */
export function suggestedLabels(suggested: readonly Suggested[], pixels: number): Uint8Array {
  const labels = new Uint8Array(pixels);
  const highest = new Uint8Array(pixels).fill(HALF - 1);
  for (const { value, probability } of suggested) {
    for (let at = 0; at < pixels; at++) {
      if (probability[at]! > highest[at]!) {
        highest[at] = probability[at]!;
        labels[at] = value;
      }
    }
  }
  return labels;
}

/**
 * What is drawn of the suggestions of a slice, and what accepting them makes labels: of each pixel, the
 * most probable label, or 0 where a label is already, where none is above ½, and where the most
 * probable one is locked (no other takes its place).
 * @param before labels of the slice, one value per pixel.
 * @param suggested the labels that are shown: one that is hidden is neither drawn nor accepted.
 */
export function drawnSuggestion(
  before: Uint8Array,
  suggested: readonly Suggested[],
  locked: ReadonlySet<number>,
): Uint8Array {
  const drawn = suggestedLabels(suggested, before.length);
  for (let at = 0; at < drawn.length; at++) {
    if (before[at] !== 0 || locked.has(drawn[at]!)) drawn[at] = 0;
  }
  return drawn;
}
