import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../../shared/volume.ts';
import { foldVolume, isFolded, piecesOf } from './folding.ts';

const triple = (min: number, max: number): fc.Arbitrary<Triple> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min, max }));

describe('a folded volume', () => {
  it('is the volume itself where it fits', () => {
    const folding = foldVolume([512, 400, 120], 2048);
    expect(isFolded(folding)).toBe(false);
    expect(folding.texture).toEqual([512, 400, 120]);
    const box = { from: [3, 4, 5], size: [7, 8, 9] } as const;
    expect(piecesOf(folding, box)).toEqual([{ ...box, at: [3, 4, 5] }]);
  });

  it('fits: long series, large radiographs', () => {
    expect(foldVolume([512, 512, 3000], 2048).texture).toEqual([512, 1024, 1500]);
    expect(foldVolume([4096, 3328, 1], 2048).texture).toEqual([2048, 1664, 4]);
  });

  it('has a texel of its own within the texture for every voxel, whatever box it came in', () => {
    fc.assert(
      fc.property(triple(1, 14), fc.integer({ min: 4, max: 12 }), triple(1, 14), (size, limit, cut) => {
        let folding;
        try {
          folding = foldVolume(size, limit);
        } catch {
          fc.pre(false);
        }
        const texels = new Map<number, string>();
        // In two boxes, parted anywhere: what is uploaded in parts lies where the whole lies.
        const at = Math.min(cut[2], size[2]);
        const boxes = [
          { from: [0, 0, 0] as const, size: [size[0], size[1], at] as const },
          { from: [0, 0, at] as const, size: [size[0], size[1], size[2] - at] as const },
        ];
        for (const piece of boxes.flatMap((box) => piecesOf(folding!, box))) {
          const ends = piece.at.map((v, axis) => v + piece.size[axis]!);
          expect(ends.every((end, axis) => end <= folding!.texture[axis]!)).toBe(true);
          for (let z = 0; z < piece.size[2]; z++)
            for (let y = 0; y < piece.size[1]; y++)
              for (let x = 0; x < piece.size[0]; x++) {
                const texel = [piece.at[0] + x, piece.at[1] + y, piece.at[2] + z] as const;
                const n = texel[0] + folding!.texture[0] * (texel[1] + folding!.texture[1] * texel[2]);
                texels.set(n, [piece.from[0] + x, piece.from[1] + y, piece.from[2] + z].join());
              }
        }
        expect(texels.size).toBe(size[0] * size[1] * size[2]);
        expect(new Set(texels.values()).size).toBe(size[0] * size[1] * size[2]);
        folding!.texture.forEach((n) => expect(n).toBeLessThanOrEqual(limit));
      }),
      { numRuns: 60 },
    ); // prettier-ignore
  });

  it('that does not fit is refused in words', () => {
    expect(() => foldVolume([300, 300, 300], 256)).toThrow(
      expect.objectContaining({
        code: 'volume-too-large',
        message: expect.stringContaining('300 × 300 × 300') as string,
      }),
    );
  });
});
