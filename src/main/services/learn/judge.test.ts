import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

const side = 20;
const square = (width: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: side ** 2 }, (_, i) =>
    Math.max(i % side, Math.floor(i / side)) < width ? 1 : 0,
  );
const decided = (...masks: Uint8Array<ArrayBuffer>[]) => ({
  slice: { rows: side, columns: side },
  spacing: [1, 1] as const,
  targets: masks.map((mask, l) => ({ prompt: `label ${l}`, mask })),
});
const said = (...masks: Uint8Array<ArrayBuffer>[]) => ({
  maps: masks.map((mask) => ({ probability: Float32Array.from(mask, (v) => (v ? 0.9 : 0.1)) })),
});

describe('judging slices held back', () => {
  it('takes them together: a pixel in an empty one costs a pixel', () => {
    const slices = [decided(square(10)), decided(square(0))];
    const nothing = judge(slices, [said(square(0)), said(square(0))]);
    expect(nothing).toEqual({ dice: 0, nsd: 0 });
    const nearly = judge(slices, [said(square(10)), said(square(1))]);
    expect(nearly.dice).toBeCloseTo(200 / 201, 6);
    expect(nearly.nsd).toBeGreaterThan(0.9);
    expect(judge(slices, [said(square(10)), said(square(0))])).toEqual({ dice: 1, nsd: 1 });
  });

  it('gives every prompt the same weight, and 1 where none of it is there nor found', () => {
    const slices = [decided(square(10), square(2)), decided(square(10), square(0))];
    const { dice } = judge(slices, [said(square(10), square(0)), said(square(10), square(0))]);
    expect(dice).toBeCloseTo(0.5, 6);
    expect(judge([decided(square(0))], [said(square(0))])).toEqual({ dice: 1, nsd: 1 });
  });
});
