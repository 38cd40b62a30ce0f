import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRuns } from '../../shared/labelmap/rle.ts';
import { createLabelMap } from './label-map.ts';

const SIZE = [4, 3, 5] as const;
const slice = fc.uint8Array({ minLength: 12, maxLength: 12, max: 3 });
const change = fc.record({
  index: fc.integer({ min: 0, max: 4 }),
  labels: slice,
  asRuns: fc.boolean(),
});

describe('the label map', () => {
  it('counts what it holds, however it was changed', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const map = createLabelMap(SIZE, [1, 1, 1]);
        for (const { index, labels, asRuns } of changes) {
          if (asRuns) map.setRuns(index, encodeRuns(labels));
          else {
            map.data.set(labels, index * 12);
            map.recount([index]);
          }
        }
        for (const value of [0, 1, 2, 3, 255]) {
          expect(map.count(value)).toBe(map.data.filter((v) => v === value).length);
          for (let k = 0; k < 5; k++) {
            const labels = map.data.subarray(k * 12, k * 12 + 12);
            expect(map.holds(k, value)).toBe(labels.includes(value));
            expect(map.holds(k)).toBe(labels.some((v) => v > 0));
            expect(map.runsOf(k)).toEqual(encodeRuns(labels));
          }
        }
      }),
    );
  });

  it('refuses runs that do not fill a slice, and keeps what it had', () => {
    const map = createLabelMap(SIZE, [1, 1, 1]);
    expect(() => map.setRuns(1, encodeRuns(new Uint8Array(11)))).toThrow(
      expect.objectContaining({ code: 'damaged-runs' }),
    );
    expect(map.count(0)).toBe(60);
  });
});
