import { clockTexts, microsecondsOf, type Span } from './clock.ts';
import { groupBy } from '../../shared/group-by.ts';
import type { Frame } from './types.ts';

/** Frames at different positions, sorted along their normal, that were acquired together. */
export interface Phase {
  readonly frames: readonly Frame[];
  /** What tells it from the other phases, in words for the reader of images. */
  readonly distinction: string;
}

/** For each position along the normal, the frames that lie there: at least one. */
export type Places = readonly (readonly Frame[])[];

interface TimeAttribute {
  /** Undefined where a frame does not have it. */
  valueOf(frame: Frame): number | undefined;
  /** Both ends of each span in words, which differ from one span to the next. */
  textsOf(spans: readonly Span[]): readonly (readonly [from: string, to: string])[];
  /** What is said before a time, and before the first of two. */
  readonly words: readonly [at: string, from: string];
}

const clock = (trait: string, words: TimeAttribute['words']): TimeAttribute => ({
  valueOf: ({ traits }) => microsecondsOf(traits[trait] ?? ''),
  textsOf: clockTexts,
  words,
});

/**
 * In the order in which they are tried. Trigger time goes last: where each image waited for the same
 * moment of the heart or the breath, it is that moment with its jitter and not the order of phases.
 */
const TIMES: readonly TimeAttribute[] = [
  clock('acquisition time', ['acquired at', 'acquired from']),
  clock('acquisition date and time', ['acquired at', 'acquired from']),
  clock('reference time', ['acquired at', 'acquired from']),
  clock('content time', ['content time', 'content time from']),
  {
    valueOf: ({ traits: { 'trigger time': text = '' } }) =>
      text === '' ? undefined : Number(text),
    textsOf: (spans) => spans.map(([from, to]) => [ms(from), ms(to)]),
    words: ['trigger time', 'trigger time from'],
  },
];

const ms = (value: number): string => `${Number(value.toFixed(3))} ms`;

/**
 * Parts frames of which several lie at each position into phases with one frame at every position: by
 * time, at last by Instance Number. The result does not depend on the order of the frames.
 *
 * Times may differ from slice to slice of one phase. So it is not their values that count but their
 * order at each position: the earliest frames make the first phase, and so on. That takes equally
 * many frames everywhere; a phase that was cut short is not parted off.
 * @returns undefined where that leaves frames at the same position, or none were there.
 */
export function phasesOf(places: Places): readonly Phase[] | undefined {
  return places[0]!.length > 1 ? partsBy(TIMES, places) : undefined;
}

function partsBy(
  [attribute, ...rest]: readonly TimeAttribute[],
  places: Places,
): readonly Phase[] | undefined {
  if (places.every(({ length }) => length === 1)) {
    return [{ frames: places.flat(), distinction: '' }];
  }
  if (attribute === undefined) return cyclesOf(places);
  return partedBy(attribute, rest, places) ?? partsBy(rest, places);
}

/** Parts by one attribute, and each part by the rest of them as far as it needs that. */
function partedBy(
  attribute: TimeAttribute,
  rest: readonly TimeAttribute[],
  places: Places,
): readonly Phase[] | undefined {
  const parts = inOrderOf(attribute, places);
  if (parts === undefined) return undefined;
  const texts = textsFor(attribute, parts);
  const phases: Phase[] = [];
  for (const [k, part] of parts.entries()) {
    const within = partsBy(rest, part);
    if (within === undefined) return undefined;
    for (const { frames, distinction } of within) {
      phases.push({ frames, distinction: [texts[k]!, distinction].filter(Boolean).join(', ') });
    }
  }
  return phases;
}

function textsFor({ valueOf, textsOf, words }: TimeAttribute, parts: readonly Places[]): string[] {
  const spans = parts.map((part): Span => {
    const values = part.flat().map((frame) => valueOf(frame)!);
    return values.reduce<Span>(
      ([from, to], value) => [Math.min(from, value), Math.max(to, value)],
      [Infinity, -Infinity],
    );
  });
  const [at, between] = words;
  return textsOf(spans).map(([from, to]) =>
    from === to ? `${at} ${from}` : `${between} ${from} to ${to}`,
  );
}

/**
 * The k-th part has the frames with the k-th smallest value at each position; undefined where a value
 * is missing, where there is only one, or where parts would be of different size.
 */
function inOrderOf({ valueOf }: TimeAttribute, places: Places): Places[] | undefined {
  const sorted = places.map((frames) =>
    [...groupBy(frames, (frame) => valueOf(frame) ?? NaN)].sort(([a], [b]) => a - b),
  );
  const [{ length: count }, size] = [sorted[0]!, sorted[0]![0]![1].length];
  const equal = sorted.every(
    (groups) =>
      groups.length === count &&
      groups.every(([value, { length }]) => !Number.isNaN(value) && length === size),
  );
  if (count < 2 || !equal) return undefined;
  return sorted[0]!.map((_, k) => sorted.map((groups) => groups[k]![1]));
}

/**
 * Where Instance Number, and the number of the frame in a file with several, goes through all
 * positions, and then through all of them in the same order again: one phase a cycle. At a single
 * position it goes through nothing, and may number copies.
 */
function cyclesOf(places: Places): readonly Phase[] | undefined {
  const n = places.length;
  const numbered = places
    .flatMap((frames, place) => frames.map((frame) => ({ frame, place })))
    .sort((a, b) => byNumber(a.frame, b.frame));
  const distinct = numbered.every(
    ({ frame }, i) => i === 0 || byNumber(numbered[i - 1]!.frame, frame) < 0,
  );
  const cyclic =
    numbered.length % n === 0 &&
    new Set(numbered.slice(0, n).map(({ place }) => place)).size === n &&
    numbered.every(({ place }, i) => place === numbered[i % n]!.place);
  if (n < 2 || !distinct || !cyclic) return undefined;
  const { instanceNumber } = numbered[0]!.frame;
  const oneFile = numbered.every(({ frame }) => frame.instanceNumber === instanceNumber);
  const count = numbered.length / n;
  return Array.from({ length: count }, (_, k) => ({
    frames: numbered
      .slice(k * n, (k + 1) * n)
      .sort((a, b) => a.place - b.place)
      .map(({ frame }) => frame),
    distinction: `phase ${k + 1} of ${count} by ${oneFile ? 'frame' : 'instance'} number`,
  }));
}

const byNumber = (a: Frame, b: Frame): number =>
  a.instanceNumber - b.instanceNumber || a.index - b.index;
