import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedUnseen, samplesOf, selectSlices, upTo, type BulkSlice } from './bulk.ts';

const LABELS = ['liver', 'kidney', 'spleen'];
const slice = fc.record<BulkSlice>({
  state: fc.constantFrom(
    'unseen' as const,
    'started' as const,
    'accepted' as const,
    'accepted-unseen' as const,
    'corrected' as const,
    'rejected' as const,
  ),
  isInView: fc.boolean(),
  covered: fc.subarray(LABELS),
  hidden: fc.boolean(),
  suggested: fc
    .array(fc.tuple(fc.constantFrom(...LABELS), fc.double({ min: 0, max: 0.69, noNaN: true })))
    .map((entries) => new Map(entries)),
});

describe('slices that are accepted together', () => {
  it('hold what is chosen, undecided and below the limit; every other slice has its reason', () => {
    fc.assert(
      fc.property(
        fc.array(slice, { minLength: 1, maxLength: 12 }),
        fc.subarray(LABELS),
        fc.double({ min: 0, max: 0.7, noNaN: true }),
        (slices, labels, limit) => {
          const choice = { labels, slices: [0, slices.length - 1] as const };
          const all = selectSlices(choice, (k) => slices[k]!);
          const selection = upTo(limit, all);
          const { taken, decided, doubtful, hidden, bare } = selection;
          expect(taken.length + decided + doubtful + hidden + bare).toBe(slices.length);
          for (const { index, labels: open, doubt } of taken) {
            const { state, isInView, covered, hidden: isHidden, suggested } = slices[index]!;
            expect(isHidden).toBe(false);
            expect(state).not.toBe('rejected');
            // What somebody works on is left to them; begun from another plane, it is taken as a whole.
            if (state === 'started') {
              expect(isInView).toBe(false);
              expect(open).toEqual(expect.arrayContaining([...covered]));
            }
            expect(open.length).toBeGreaterThan(0);
            for (const id of open) {
              expect(labels).toContain(id);
              if (covered.includes(id)) expect(state).toBe('started');
              else expect(suggested.get(id)).toBeLessThanOrEqual(doubt);
            }
            expect(doubt).toBeLessThanOrEqual(limit);
          }
          // Whatever the limit, it only moves slices between taken and doubtful.
          expect(all.taken.length).toBe(taken.length + doubtful);
          expect(all.taken.filter((one) => one.doubt <= limit)).toEqual(taken);
        },
      ),
    );
  });

  it('are not those of which suggestions are hidden until they are decided, and say so', () => {
    const suggested = new Map<string, number>();
    const open = { isInView: false, covered: [], suggested };
    const hidden = { ...open, state: 'unseen' as const, hidden: true };
    const seen = { ...hidden, state: 'accepted' as const, covered: ['liver'], hidden: false };
    const choice = { labels: ['liver'], slices: [0, 2] as const };
    const selection = selectSlices(choice, (k) => (k === 1 ? seen : hidden));
    expect(selection).toEqual({ taken: [], decided: 1, doubtful: 0, hidden: 2, bare: 0 });
  });

  it('keep what was decided by a look, and say of the rest that nobody looked', () => {
    const none = { state: 'unseen' as const, labels: [] };
    expect(acceptedUnseen(4, none, [], ['liver'])).toEqual({
      index: 4,
      state: 'accepted-unseen',
      labels: ['liver'],
      unseen: ['liver'],
    });
    const seen = { state: 'corrected' as const, labels: ['kidney'] };
    expect(acceptedUnseen(4, seen, [], ['liver'])).toEqual({
      index: 4,
      state: 'corrected',
      labels: ['kidney', 'liver'],
      unseen: ['liver'],
    });
    const begun = { state: 'started' as const, labels: ['liver'] };
    expect(acceptedUnseen(4, begun, [], ['liver', 'kidney'])).toEqual({
      index: 4,
      state: 'accepted-unseen',
      labels: ['liver', 'kidney'],
      unseen: ['liver', 'kidney'],
    });
    const before = { state: 'accepted-unseen' as const, labels: ['kidney'] };
    expect(acceptedUnseen(4, before, ['kidney'], ['liver'])).toMatchObject({
      state: 'accepted-unseen',
      unseen: ['kidney', 'liver'],
    });
  });

  it('are shown by the most doubtful ones and by others, none of them twice', () => {
    const taken = Array.from({ length: 30 }, (_, index) => ({
      index,
      labels: ['liver'],
      doubt: ((index * 7) % 30) / 100,
    }));
    let n = 0;
    const { doubtful, others } = samplesOf(taken, () => (n++ % 5) / 5);
    expect(doubtful.map(({ doubt }) => doubt)).toEqual([0.29, 0.28, 0.27, 0.26]);
    expect(others).toHaveLength(4);
    expect(new Set([...doubtful, ...others]).size).toBe(8);
    expect(samplesOf(taken.slice(0, 2), Math.random)).toMatchObject({ others: [] });
  });
});
