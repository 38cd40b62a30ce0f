import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, bySlice, decodePatch, diff, encodePatch, invert, rebase } from './patch.ts';

const size = 60;
const labels = fc.uint8Array({ minLength: size, maxLength: size, max: 2 });
const applied = (map: Uint8Array, patch: ReturnType<typeof diff>): Uint8Array => {
  const copy = map.slice();
  apply(copy, patch);
  return copy;
};

describe('patches of labels', () => {
  it('lead from one state to the other, and back', () => {
    fc.assert(
      fc.property(labels, labels, (before, after) => {
        const patch = diff(before, after);
        expect(applied(before, patch)).toEqual(after);
        expect(applied(after, invert(patch))).toEqual(before);
        expect(invert(invert(patch))).toEqual(patch);
      }),
    );
  });

  it('hold changed pixels only, in the fewest runs', () => {
    const before = Uint8Array.from([0, 0, 0, 1, 1, 1, 0]);
    const after = Uint8Array.from([0, 2, 2, 2, 1, 3, 3]);
    const { starts, lengths, ...values } = diff(before, after);
    expect([...starts]).toEqual([1, 3, 5, 6]);
    expect([...lengths]).toEqual([2, 1, 1, 1]);
    expect([...values.before]).toEqual([0, 1, 1, 0]);
    expect([...values.after]).toEqual([2, 2, 3, 3]);
    expect(diff(before, before).starts).toHaveLength(0);
  });

  it('do not fit other labels, and then change nothing', () => {
    fc.assert(
      fc.property(labels, labels, fc.nat(), (before, after, pick) => {
        const patch = diff(before, after);
        fc.pre(patch.starts.length > 0);
        const run = pick % patch.starts.length;
        const other = before.slice();
        other[patch.starts[run]! + (pick % patch.lengths[run]!)]! += 100;
        const copy = other.slice();
        expect(() => apply(copy, patch)).toThrow(
          expect.objectContaining({ code: 'patch-mismatch' }),
        );
        expect(copy).toEqual(other);
        expect(() => apply(before.slice(0, patch.starts.at(-1)!), patch)).toThrow(
          expect.objectContaining({ code: 'patch-mismatch' }),
        );
      }),
    );
  });

  it('are made again of labels that have changed: their pixels as they say, all others as they are', () => {
    fc.assert(
      fc.property(labels, labels, labels, (before, after, now) => {
        const rebased = rebase(diff(before, after), now);
        const result = applied(now, rebased);
        expect(result).toEqual(now.map((own, i) => (before[i] === after[i] ? own : after[i]!)));
        expect(applied(result, invert(rebased))).toEqual(now);
        expect(decodePatch(encodePatch(rebased), size)).toEqual(rebased);
        expect(rebase(diff(before, after), before)).toEqual(diff(before, after));
      }),
    );
  });

  it('survive being written', () => {
    fc.assert(
      fc.property(labels, labels, fc.nat(50_000), (before, after, offset) => {
        const longer = (map: Uint8Array): Uint8Array => {
          const all = new Uint8Array(offset + size);
          all.set(map, offset);
          return all;
        };
        const patch = diff(longer(before), longer(after));
        expect(decodePatch(encodePatch(patch), offset + size)).toEqual(patch);
      }),
    );
  });

  it('are refused when damaged, or else fit into their slice', () => {
    const bytes = fc.array(fc.constantFrom(0, 1, 2, 3, 0x80, 0xff), { maxLength: 12 });
    fc.assert(
      fc.property(bytes, (damaged) => {
        let patch;
        try {
          patch = decodePatch(Uint8Array.from(damaged), size);
        } catch (error) {
          expect(error).toMatchObject({ code: 'damaged-patch' });
          return;
        }
        let end = 0;
        patch.starts.forEach((start, run) => {
          expect(start).toBeGreaterThanOrEqual(end);
          expect(patch.lengths[run]).toBeGreaterThan(0);
          expect(patch.before[run]).not.toBe(patch.after[run]);
          end = start + patch.lengths[run]!;
        });
        expect(end).toBeLessThanOrEqual(size);
        expect([...encodePatch(patch)]).toEqual(damaged);
      }),
      { numRuns: 2000 },
    );
  });

  it('are not written where they are none', () => {
    const patch = diff(Uint8Array.from([0, 0, 1]), Uint8Array.from([1, 0, 0]));
    for (const wrong of [
      { ...patch, starts: patch.starts.slice().reverse() },
      { ...patch, lengths: Uint32Array.from([3, 1]) },
      { ...patch, lengths: Uint32Array.from([0, 1]) },
      { ...patch, after: patch.before },
      { ...patch, after: new Uint8Array(1) },
    ]) {
      expect(() => encodePatch(wrong)).toThrow(expect.objectContaining({ code: 'damaged-patch' }));
    }
  });

  it('of a volume are cut at the borders of slices', () => {
    fc.assert(
      fc.property(labels, labels, fc.constantFrom(1, 6, 20, 60), (before, after, sliceLength) => {
        const parts = bySlice(diff(before, after), sliceLength);
        const copy = before.slice();
        for (const { slice, patch } of parts) {
          expect(patch.starts.length).toBeGreaterThan(0);
          apply(copy.subarray(slice * sliceLength, (slice + 1) * sliceLength), patch);
        }
        expect(copy).toEqual(after);
        expect(new Set(parts.map(({ slice }) => slice)).size).toBe(parts.length);
      }),
    );
  });

  it('need labels of one length', () => {
    expect(() => diff(new Uint8Array(2), new Uint8Array(3))).toThrow(RangeError);
  });
});
