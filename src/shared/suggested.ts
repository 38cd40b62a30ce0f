/**
 * Where a label is suggested in a slice: the box of the pixels that are more likely than not. What
 * lies outside of it is not suggested.
 */
export interface SuggestedMap {
  /** Of the slice. */
  readonly columns: number;
  /** First column and row of the box, and how many it has. */
  readonly from: readonly [number, number];
  readonly size: readonly [number, number];
  /** 0 … 255 for probability 0 … 1, [rows, columns] of the box. */
  readonly probability: Uint8Array;
}

/** A label that is suggested in a slice. */
export interface Suggested {
  /** In the label map; 0: where it is the most likely, nothing is suggested. */
  readonly value: number;
  readonly map: SuggestedMap;
}

/** Probabilities above ½ are suggested: the first code above it. */
const HALF = 128;

/** @param probability 0 … 255 for 0 … 1. */
export const isSuggested = (probability: number): boolean => probability >= HALF;

/**
 * Keeps of a map what suggestions are made of, in as little memory as that takes.
 * @param probability of a slice, [rows, columns], 0 … 255 for 0 … 1.
 * @returns null where nothing is suggested.
 */
export function suggestedMap(probability: Uint8Array, columns: number): SuggestedMap | null {
  const rows = probability.length / columns;
  let [left, right, top, bottom] = [columns, -1, rows, -1];
  for (let v = 0; v < rows; v++) {
    for (let u = 0; u < columns; u++) {
      if (!isSuggested(probability[u + columns * v]!)) continue;
      if (u < left) left = u;
      if (u > right) right = u;
      if (top === rows) top = v;
      bottom = v;
    }
  }
  if (right < 0) return null;
  const size = [right - left + 1, bottom - top + 1] as const;
  const box = new Uint8Array(size[0] * size[1]);
  for (let row = 0; row < size[1]; row++) {
    const at = left + columns * (top + row);
    box.set(probability.subarray(at, at + size[0]), row * size[0]);
  }
  return { columns, from: [left, top], size, probability: box };
}

/** Whether two maps suggest the same, pixel by pixel; null where nothing is suggested. */
export function isSameMap(a: SuggestedMap | null, b: SuggestedMap | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.from.join() !== b.from.join() || a.size.join() !== b.size.join()) return false;
  for (let at = 0; at < a.probability.length; at++)
    if (a.probability[at] !== b.probability[at]) return false;
  return true;
}

/** Of each pixel of a slice, the most probable label above ½ (the first of equals), or 0. */
export function suggestedLabels(suggested: readonly Suggested[], pixels: number): Uint8Array {
  const labels = new Uint8Array(pixels);
  const highest = new Uint8Array(pixels).fill(HALF - 1);
  for (const { value, map } of suggested) {
    const { columns, from, size, probability } = map;
    for (let row = 0; row < size[1]; row++) {
      const start = from[0] + columns * (from[1] + row);
      for (let u = 0; u < size[0]; u++) {
        const p = probability[u + size[0] * row]!;
        if (p <= highest[start + u]!) continue;
        highest[start + u] = p;
        labels[start + u] = value;
      }
    }
  }
  return labels;
}

/**
 * What may become labels of the suggestions of a slice: of each pixel the most probable label, 0 where
 * none is above ½ or where that one is locked (no other takes its place).
 * @param suggested the labels that are shown: one that is hidden is neither drawn nor accepted.
 */
export function openSuggestion(
  suggested: readonly Suggested[],
  locked: ReadonlySet<number>,
  pixels: number,
): Uint8Array {
  const open = suggestedLabels(suggested, pixels);
  if (locked.size > 0) {
    for (let at = 0; at < pixels; at++) if (locked.has(open[at]!)) open[at] = 0;
  }
  return open;
}

/**
 * The labels of a slice once what is drawn of its suggestions is accepted: pixels that have a label
 * keep it, whoever gave it.
 * @param open as `openSuggestion` gives it.
 */
export const withSuggestion = (before: Uint8Array, open: Uint8Array): Uint8Array =>
  before.map((label, at) => (label === 0 ? open[at]! : label));
