import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decodeRle } from './rle.ts';

/** A frame of the given segments: PS3.5 Annex G.5. */
function frameOf(segments: readonly (readonly number[])[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, segments.length, true);
  let at = 64;
  segments.forEach((segment, s) => {
    header.setUint32(4 + 4 * s, at, true);
    at += segment.length;
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...segments.flat()]);
}

describe('decodeRle', () => {
  it('repeats, copies and skips as PackBits does', () => {
    // 3 copied, no-operation, 4 times 9.
    const frame = frameOf([[2, 1, 2, 3, 128, 253, 9]]);
    expect(decodeRle(frame, { bytes: 1, samples: 1 }, 7)).toEqual(
      Uint8Array.from([1, 2, 3, 9, 9, 9, 9]),
    );
  });

  it('puts the first segment into the most significant byte', () => {
    const frame = frameOf([
      [1, 0x12, 0x34],
      [1, 0x56, 0x78],
    ]);
    const cells = decodeRle(frame, { bytes: 2, samples: 1 }, 2)!;
    expect([...new Uint16Array(cells.buffer)]).toEqual([0x1256, 0x3478]);
  });

  it('reads any literal runs back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const runs: number[] = [];
        for (let i = 0; i < bytes.length; i += 128) {
          const run = bytes.subarray(i, i + 128);
          runs.push(run.length - 1, ...run);
        }
        expect(decodeRle(frameOf([runs]), { bytes: 1, samples: 1 }, bytes.length)).toEqual(bytes);
      }),
    );
  });

  it('refuses segments that end early, lie elsewhere or are too few', () => {
    expect(decodeRle(frameOf([[253, 9]]), { bytes: 1, samples: 1 }, 5)).toBeUndefined();
    expect(decodeRle(frameOf([[4, 1, 2]]), { bytes: 1, samples: 1 }, 5)).toBeUndefined();
    expect(decodeRle(frameOf([[253, 9]]), { bytes: 2, samples: 1 }, 4)).toBeUndefined();
    const outside = frameOf([[253, 9]]);
    new DataView(outside.buffer).setUint32(4, 5000, true);
    expect(decodeRle(outside, { bytes: 1, samples: 1 }, 4)).toBeUndefined();
    expect(decodeRle(new Uint8Array(10), { bytes: 1, samples: 1 }, 4)).toBeUndefined();
  });
});
