import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit, touchedSlices } from '../../shared/edit/index.ts';
import { createLabelMap } from './label-map.ts';
import { openSuggestion, suggestedLabels, suggestedMap } from '../../shared/suggested.ts';
import { acceptSlice, isAsSuggested } from './decide.ts';

const PIXELS = 12;
const probability = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS });
const given = fc.record({
  before: fc.uint8Array({ minLength: 3 * PIXELS, maxLength: 3 * PIXELS, max: 3 }),
  suggested: fc
    .array(probability, { maxLength: 3 })
    .map((maps) => maps.map((p, n) => ({ value: n + 1, probability: p }))),
  locked: fc.uniqueArray(fc.integer({ min: 1, max: 3 })).map((values) => new Set(values)),
});

describe('accepting a slice', () => {
  it('fills what is empty with the most probable label, and changes no voxel that has one', () => {
    fc.assert(
      fc.property(given, ({ before, suggested, locked }) => {
        const map = createLabelMap([4, 3, 3], [1, 1, 1]);
        map.data.set(before);
        const all = suggested.flatMap(({ value, probability: p }) => {
          const own = suggestedMap(p);
          return own ? [{ value, map: own }] : [];
        });
        const drawn = openSuggestion(all, locked, PIXELS);
        const values = new Set(suggested.map(({ value }) => value));
        const asSuggested = isAsSuggested(map, 1, all, values, locked);
        const edit = acceptSlice(map, 1, { drawn, values }, 'Accept');
        expect(touchedSlices(edit, map.size).every((k) => k === 1)).toBe(true);
        applyEdit(map, edit);
        const wanted = suggestedLabels(all, PIXELS);
        let same = true;
        for (let at = 0; at < PIXELS; at++) {
          const [old, now, want] = [before[PIXELS + at]!, map.data[PIXELS + at]!, wanted[at]!];
          const best = Math.max(0, ...suggested.map((s) => s.probability[at]!));
          expect(want > 0).toBe(best >= 128);
          if (want > 0) expect(suggested[want - 1]!.probability[at]).toBe(best);
          expect(now).toBe(old > 0 || locked.has(want) ? old : want);
          const suggestedNow = suggested.some(({ value }) => value === now) ? now : 0;
          // A label that was not asked for says nothing about the suggestion.
          if (suggestedNow !== want && (now === 0 || suggestedNow > 0)) same = false;
        }
        expect(asSuggested).toBe(same);
      }),
    );
  });
});
