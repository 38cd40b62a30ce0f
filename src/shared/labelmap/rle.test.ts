import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRuns, encodeRuns } from './rle.ts';

/** Labels as they are painted: few values, long runs, now and then of more than a byte of length. */
const labels = fc
  .array(fc.tuple(fc.nat(255), fc.oneof(fc.integer({ min: 1, max: 5 }), fc.nat(40_000))), {
    maxLength: 12,
  })
  .map((runs) => Uint8Array.from(runs.flatMap(([v, n]) => new Array<number>(n).fill(v))));

describe('run-length coding of labels', () => {
  it('gives back what went in', () => {
    fc.assert(
      fc.property(fc.oneof(labels, fc.uint8Array()), (map) => {
        expect(Buffer.compare(decodeRuns(encodeRuns(map), map.length), map)).toBe(0);
      }),
    );
  });

  it('writes a value and a varint for each run', () => {
    expect([...encodeRuns(new Uint8Array(0))]).toEqual([]);
    expect([...encodeRuns(Uint8Array.from([7, 7, 0]))]).toEqual([7, 2, 0, 1]);
    expect([...encodeRuns(new Uint8Array(300).fill(1))]).toEqual([1, 0xac, 2]);
    expect(encodeRuns(new Uint8Array(512 * 512))).toHaveLength(4);
  });

  it('reads nothing but what it writes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.array(fc.constantFrom(0, 1, 2, 0x80, 0x81, 0xff), { maxLength: 8 }).map((a) => {
        return Uint8Array.from(a);
      }),
    );
    fc.assert(
      fc.property(bytes, fc.nat(300), (damaged, length) => {
        let read: Uint8Array;
        try {
          read = decodeRuns(damaged, length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'damaged-runs' });
          return;
        }
        expect(read).toHaveLength(length);
        expect([...encodeRuns(read)]).toEqual([...damaged]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['too few pixels', [1, 9]],
    ['too many pixels', [1, 11]],
    ['more pixels than fit into 32 bits', [1, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a number without end', [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a run without length', [1, 10, 2]],
    ['an empty run', [1, 0, 2, 10]],
    ['a length that is written too long', [1, 0x8a, 0]],
    ['one run in two pieces', [1, 5, 1, 5]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeRuns(Uint8Array.from(bytes), 10)).toThrow(
      expect.objectContaining({ code: 'damaged-runs' }),
    );
  });

  it('is cut off without being taken for whole', () => {
    fc.assert(
      fc.property(labels, fc.nat(), (map, at) => {
        const bytes = encodeRuns(map);
        fc.pre(bytes.length > 0);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(() => decodeRuns(cut, map.length)).toThrow();
      }),
    );
  });
});
