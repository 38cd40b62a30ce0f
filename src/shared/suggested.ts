import { labelRuns, type LabelRuns } from './labelmap/label-runs.ts';

/** Where a label is suggested in a slice: the pixels that are more likely than not, as runs. */
export interface SuggestedMap extends Pick<LabelRuns, 'starts' | 'ends'> {
  /** 0 … 255 for probability 0 … 1, of the pixels of all runs, one after another. */
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
const SUGGESTED = new Uint8Array(256).fill(1, HALF);

/** @param probability 0 … 255 for 0 … 1. */
export const isSuggested = (probability: number): boolean => probability >= HALF;

/**
 * Keeps of a map what suggestions are made of, in as little memory as that takes.
 * @param probability of a slice, [rows, columns], 0 … 255 for 0 … 1.
 * @returns null where nothing is suggested.
 */
export function suggestedMap(probability: Uint8Array): SuggestedMap | null {
  const { starts, ends } = labelRuns(probability, SUGGESTED);
  if (starts.length === 0) return null;
  const kept = new Uint8Array(starts.reduce((sum, start, run) => sum + ends[run]! - start, 0));
  let at = 0;
  starts.forEach((start, run) => {
    kept.set(probability.subarray(start, ends[run]), at);
    at += ends[run]! - start;
  });
  return { starts, ends, probability: kept };
}

/** Bytes that a map takes. */
export const sizeOfMap = ({ starts, ends, probability }: SuggestedMap): number =>
  starts.byteLength + ends.byteLength + probability.byteLength;

/** Whether two maps suggest the same, pixel by pixel; null where nothing is suggested. */
export function isSameMap(a: SuggestedMap | null, b: SuggestedMap | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return (
    areEqual(a.starts, b.starts) &&
    areEqual(a.ends, b.ends) &&
    areEqual(a.probability, b.probability)
  );
}

function areEqual<T extends Uint8Array | Uint32Array>(a: T, b: T): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Of each pixel of a slice, the most probable label above ½ (the first of equals), or 0. */
export function suggestedLabels(suggested: readonly Suggested[], pixels: number): Uint8Array {
  const labels = new Uint8Array(pixels);
  const highest = new Uint8Array(pixels);
  for (const { value, map } of suggested) {
    const { starts, ends, probability } = map;
    let at = 0;
    for (let run = 0; run < starts.length; run++) {
      const end = ends[run]!;
      for (let pixel = starts[run]!; pixel < end; pixel++) {
        const p = probability[at++]!;
        if (p <= highest[pixel]!) continue;
        highest[pixel] = p;
        labels[pixel] = value;
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
