import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncertainRegions } from './index.ts';

const picture = (lines: string[]): { doubt: Float32Array; columns: number; rows: number } => ({
  columns: lines[0]!.length,
  rows: lines.length,
  doubt: Float32Array.from([...lines.join('')], (c) => (c === '.' ? 0 : Number(c) / 10)),
});

const maps = fc
  .record({ columns: fc.integer({ min: 1, max: 9 }), rows: fc.integer({ min: 1, max: 9 }) })
  .chain(({ columns, rows }) =>
    fc.record({
      plane: fc.record({
        columns: fc.constant(columns),
        rows: fc.constant(rows),
        spacing: fc.tuple(fc.constantFrom(0.5, 1, 3), fc.constantFrom(0.5, 1, 3)),
      }),
      doubt: fc.array(fc.constantFrom(0, 0.1, 0.4, 0.6, NaN), {
        minLength: columns * rows,
        maxLength: columns * rows,
      }),
    }),
  );

describe('regions of doubt', () => {
  it('are the connected ones, with their measures, the largest mass first', () => {
    const { doubt, columns, rows } = picture([
      '55....', //
      '..5..4',
      '......',
      '6..444',
    ]);
    const regions = uncertainRegions(doubt, { columns, rows, spacing: [0.5, 2] });
    expect(regions.map(({ areaPx, areaMm2 }) => [areaPx, areaMm2])).toEqual([
      [3, 3],
      [3, 3],
      [1, 1],
      [1, 1],
    ]);
    const [first, second, third] = regions;
    expect(first).toMatchObject({ peak: [0, 0], box: { from: [0, 0], to: [2, 1] } });
    expect(first!.centroid[0]).toBeCloseTo(1);
    expect(first!.centroid[1]).toBeCloseTo(1 / 3);
    expect(first!.mass).toBeCloseTo(1.5, 6);
    expect(second!.centroid).toEqual([4, 3]);
    expect(third).toMatchObject({ centroid: [0, 3], peak: [0, 3] });
  });

  it('hold every pixel of high doubt once, and touch no other region', () => {
    fc.assert(
      fc.property(maps, ({ doubt, plane }) => {
        const { columns, rows } = plane;
        const regions = uncertainRegions(Float32Array.from(doubt), plane, 0.35);
        // Labels by repeated spreading of the smallest index among neighbours.
        const label = doubt.map((v, i) => (v >= 0.35 ? i : -1));
        for (let changed = true; changed;) {
          changed = false;
          label.forEach((own, i) => {
            if (own < 0) return;
            label.forEach((other, j) => {
              const dx = Math.abs((i % columns) - (j % columns));
              const dy = Math.abs(Math.floor(i / columns) - Math.floor(j / columns));
              if (other < 0 || dx > 1 || dy > 1 || label[j]! <= label[i]!) return;
              label[j] = label[i]!;
              changed = true;
            });
          });
        }
        const names = [...new Set(label.filter((l) => l >= 0))];
        expect(regions).toHaveLength(names.length);
        const key = (areaPx: number, x: number, y: number): string =>
          [areaPx, x.toFixed(6), y.toFixed(6)].join();
        const expected = names.map((name) => {
          const own = label.flatMap((l, i) => (l === name ? [i] : []));
          const mean = (f: (i: number) => number): number =>
            own.reduce((sum, i) => sum + f(i), 0) / own.length;
          return key(
            own.length,
            mean((i) => i % columns),
            mean((i) => Math.floor(i / columns)),
          );
        });
        expect(regions.map((r) => key(r.areaPx, ...r.centroid)).sort()).toEqual(expected.sort());
        regions.forEach((region, n) => {
          const [x, y] = region.peak;
          expect(doubt[y * columns + x]).toBeGreaterThanOrEqual(0.35);
          expect(region.areaMm2).toBeCloseTo(region.areaPx * plane.spacing[0] * plane.spacing[1]);
          if (n > 0) expect(region.mass).toBeLessThanOrEqual(regions[n - 1]!.mass);
        });
        expect(rows * columns).toBe(doubt.length);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a whole slice without running out of stack', () => {
    const plane = { columns: 512, rows: 512, spacing: [1, 1] } as const;
    const [region, ...others] = uncertainRegions(new Float32Array(512 * 512).fill(0.5), plane);
    expect(others).toEqual([]);
    expect(region).toMatchObject({ areaPx: 512 * 512, centroid: [255.5, 255.5] });
  });

  it('refuses maps that do not fill the slice, and thresholds that mark everything', () => {
    const plane = { columns: 2, rows: 2, spacing: [1, 1] } as const;
    expect(() => uncertainRegions(new Float32Array(3), plane)).toThrow(RangeError);
    expect(() => uncertainRegions(new Float32Array(4), plane, 0)).toThrow(RangeError);
    const noSpacing = { ...plane, spacing: [0, 1] } as const;
    expect(() => uncertainRegions(new Float32Array(4), noSpacing)).toThrow(RangeError);
  });
});
