import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSameMap,
  isSuggested,
  openSuggestion,
  suggestedLabels,
  suggestedMap,
  withSuggestion,
} from './suggested.ts';

const PIXELS = 20;
const bytes = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS });
const maps = fc.array(bytes, { maxLength: 4 });
const suggestedOf = (probabilities: readonly Uint8Array[]) =>
  probabilities.flatMap((probability, n) => {
    const map = suggestedMap(probability);
    return map ? [{ value: n + 1, map }] : [];
  });

describe('suggested labels', () => {
  it('are of each pixel the most probable one above ½, whatever is kept of the maps', () => {
    fc.assert(
      fc.property(maps, (probabilities) => {
        const labels = suggestedLabels(suggestedOf(probabilities), PIXELS);
        for (let at = 0; at < PIXELS; at++) {
          const all = probabilities.map((map) => map[at]!);
          const best = Math.max(0, ...all);
          expect(labels[at]).toBe(isSuggested(best) ? all.indexOf(best) + 1 : 0);
        }
      }),
    );
  });

  it('are nothing where nothing is likely', () => {
    expect(suggestedMap(new Uint8Array(PIXELS).fill(127))).toBeNull();
    const map = suggestedMap(new Uint8Array(PIXELS).fill(0).fill(200, 7, 9))!;
    expect(map).toEqual({
      starts: Uint32Array.of(7),
      ends: Uint32Array.of(9),
      probability: Uint8Array.of(200, 200),
    });
  });

  it('take no pixel that has a label, none for a locked label, and none of a locked label’s', () => {
    const before = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS, max: 4 });
    const locks = fc.uniqueArray(fc.integer({ min: 1, max: 4 })).map((all) => new Set(all));
    fc.assert(
      fc.property(maps, before, locks, (probabilities, labels, locked) => {
        const suggested = suggestedOf(probabilities);
        const wanted = suggestedLabels(suggested, PIXELS);
        const after = withSuggestion(labels, openSuggestion(suggested, locked, PIXELS));
        for (let at = 0; at < PIXELS; at++) {
          const [old, want] = [labels[at]!, wanted[at]!];
          expect(after[at]).toBe(old !== 0 || locked.has(want) ? old : want);
        }
      }),
    );
  });

  it('are the same where pixels and their probabilities are', () => {
    const one = (column: number, p: number) =>
      suggestedMap(new Uint8Array(PIXELS).fill(p, column, column + 1));
    expect(isSameMap(one(3, 200), one(3, 200))).toBe(true);
    expect(isSameMap(one(3, 200), one(4, 200))).toBe(false);
    expect(isSameMap(one(3, 200), one(3, 201))).toBe(false);
    expect(isSameMap(one(3, 200), one(3, 127))).toBe(false);
    expect(isSameMap(one(3, 127), one(4, 127))).toBe(true);
  });
});
