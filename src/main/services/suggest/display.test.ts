import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes } from '../../../shared/map-bytes.ts';
import { measureDoubt } from '../../../shared/ranking/index.ts';
import { MAX_ENTROPY } from '../../../shared/uncertainty.ts';
import type { NamedWindow } from '../../../shared/image/index.ts';
import { windowRange } from '../../../shared/windowing.ts';
import { encodeMaps } from './encode-maps.ts';
import { sliceView, statisticsOf, windowsOf } from '../cases/index.ts';

const affineLps = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const view = sliceView({ size: [4, 2, 1], affineLps, spacing: [1, 1, 1] });

describe('maps on their way to a page', () => {
  const maps = (probability: number[], total: number[]) => {
    const [p, t] = [Float32Array.from(probability), Float32Array.from(total)];
    return { probability: p, total: t, aleatoric: t, epistemic: new Float32Array(t.length) };
  };

  it('have the ends of their scales at 0 and 255, and nothing beyond', async () => {
    const values = [-0.1, 0, 0.5, 1, 1.1, NaN, 1 / 255, 0.25];
    const encoded = await encodeMaps(
      maps(
        values,
        values.map((v) => v * MAX_ENTROPY),
      ),
      view,
    );
    expect([...encoded.probability]).toEqual([0, 0, 128, 255, 255, 0, 1, 64]);
    expect([...encoded.total]).toEqual([0, 0, 128, 255, 255, 0, 1, 64]);
  });

  it('come back within half a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (byte) => {
        const [doubt] = fromBytes('total', Uint8Array.of(byte));
        expect(Math.round((doubt! / MAX_ENTROPY) * 255)).toBe(byte);
      }),
    );
  });

  it('are as doubtful as the pixels that are predicted or in doubt are on average', () => {
    const certain = measureDoubt(
      maps([0, 0, 0, 0, 0, 0, 0, 0], [0.1, 0.1, 0, 0, 0, 0, 0, 0]),
      view.shown,
    );
    expect(certain).toEqual({ score: 0, doubt: 0 });
    const { doubt } = measureDoubt(
      maps([0.9, 0.6, 0.4, 0, 0, 0, 0, 0], [0.2, 0.6, 0.67, 0, 0, 0, 0, 0]),
      view.shown,
    );
    expect(doubt).toBeCloseTo((0.2 + 0.6 + 0.67) / 3, 6);
  });
});

describe('what is known of a volume', () => {
  it('is the range of its finite values, and where most of them lie', async () => {
    const data = Float32Array.from({ length: 1000 }, (_, i) => i);
    data[5] = NaN;
    data[6] = Infinity;
    data[7] = -Infinity;
    const { range, percentiles } = await statisticsOf(data);
    expect(range).toEqual([0, 999]);
    expect(percentiles[0.5]).toBeLessThan(12);
    expect(percentiles[99.5]).toBeGreaterThan(985);
    expect(await statisticsOf(Float32Array.of(NaN))).toMatchObject({
      range: [0, 0],
      percentiles: { 0.5: 0, 99.5: 0 },
    });
  });

  it('is the same as of all its values, where it is large', async () => {
    const data = Int16Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) % 2001);
    data[1_234_567] = -5000;
    data[2_999_999] = 5000;
    const { range, percentiles } = await statisticsOf(data);
    expect(range).toEqual([-5000, 5000]);
    expect(Math.abs(percentiles[0.5] - 10)).toBeLessThan(5);
    expect(Math.abs(percentiles[99.5] - 1990)).toBeLessThan(5);
  });
});

describe('the window of a stack', () => {
  const statistics = {
    range: [-1000, 3000],
    percentiles: { 0.5: -900, 5: -800, 50: 0, 75: 100, 95: 1000, 99.5: 1200 },
  } as const;
  const image = (modality: string, windows: readonly NamedWindow[] = []) =>
    ({ modality, windows, channels: 1 }) as const;
  const names = (presets: readonly { name: string }[]): string[] => presets.map(({ name }) => name);

  it('is the scanner’s own, else the usual one, else what its values suggest', () => {
    const scanner = [{ name: 'LIVER', centre: 60, width: 150 }];
    expect(windowsOf(image('CT', scanner), statistics).window).toEqual({ centre: 60, width: 150 });
    expect(windowsOf(image('CT'), statistics).window).toEqual({ centre: 40, width: 400 });
    expect(windowsOf(image('MR'), statistics).window).toEqual({ centre: 150.5, width: 2101 });
  });

  it('may be one of the user’s first, and each name is there once', () => {
    const scanner = [
      { name: 'lung', centre: -500, width: 1000 },
      { name: '', centre: 1, width: 2 },
    ];
    const { presets } = windowsOf(image('CT', scanner), statistics, [
      { name: 'mine', centre: 0, width: 9 },
    ]);
    expect(names(presets)).toEqual([
      'mine',
      'lung',
      'as acquired 2',
      'soft tissue',
      'bone',
      'brain',
      'liver',
      'mediastinum',
      'subdural',
      'stroke',
      'temporal bone',
      'spine',
      'angiography',
      'automatic',
      'full range',
    ]);
    expect(presets[1]).toMatchObject({ centre: -500 });
  });

  it('of values without a unit follows the values', () => {
    const { presets } = windowsOf(image('MR'), statistics);
    const ends = Object.fromEntries(presets.map((preset) => [preset.name, windowRange(preset)]));
    expect(ends).toEqual({
      automatic: { low: -900, range: 2100 },
      'full range': { low: -1000, range: 4000 },
      'high contrast': { low: -800, range: 1800 },
      'bright structures': { low: 0, range: 3000 },
      'dark structures': { low: -1000, range: 1100 },
    });
  });

  it('of an even image has some width', async () => {
    const even = await statisticsOf(new Float32Array(8).fill(7));
    const { window, presets } = windowsOf(image('MR'), even);
    expect(window).toEqual({ centre: 7.5, width: 1 });
    for (const { width } of presets) expect(width).toBe(1);
  });
});
