import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSliceQueue } from './slice-queue.ts';

it('slices come once each, the nearest to the focus first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.tuple(fc.integer({ min: -3, max: 33 }), fc.integer({ min: -3, max: 33 }))),
      fc.double({ min: -5, max: 35, noNaN: true }),
      (slices, ranges, focus) => {
        const queue = createSliceQueue(slices);
        const expected = new Set<number>();
        for (const [first, last] of ranges) {
          queue.add(first, last);
          for (let k = first; k <= last; k++) if (k >= 0 && k < slices) expected.add(k);
        }
        expect(queue.waiting).toBe(expected.size);
        const taken: number[] = [];
        for (let k = queue.take(focus); k !== undefined; k = queue.take(focus)) taken.push(k);
        expect(new Set(taken)).toEqual(expected);
        expect(taken).toHaveLength(expected.size);
        const start = Math.min(slices - 1, Math.max(0, Math.round(focus)));
        const distances = taken.map((k) => Math.abs(k - start));
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
      },
    ),
  );
});

it('a cleared queue is empty', () => {
  const queue = createSliceQueue(4);
  queue.add(0, 3);
  queue.clear();
  expect(queue.take(1)).toBeUndefined();
});
