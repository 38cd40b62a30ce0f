import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes } from '../../../shared/map-bytes.ts';
import { measureDoubt } from '../../../shared/ranking/index.ts';
import { MAX_ENTROPY } from '../../../shared/uncertainty.ts';
import { encodeMaps } from './encode-maps.ts';
import { sliceView, statisticsOf, windowsOf } from '../cases/index.ts';

const affineLps = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const view = sliceView({ size: [4, 2, 1], affineLps });

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
    const { range, usual } = await statisticsOf(data);
    expect(range).toEqual([0, 999]);
    expect(usual[0]).toBeLessThan(12);
    expect(usual[1]).toBeGreaterThan(985);
    expect(await statisticsOf(Float32Array.of(NaN))).toEqual({ range: [0, 0], usual: [0, 0] });
  });

  it('is the same as of all its values, where it is large', async () => {
    const data = Int16Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) % 2001);
    data[1_234_567] = -5000;
    data[2_999_999] = 5000;
    const { range, usual } = await statisticsOf(data);
    expect(range).toEqual([-5000, 5000]);
    expect(Math.abs(usual[0] - 10)).toBeLessThan(5);
    expect(Math.abs(usual[1] - 1990)).toBeLessThan(5);
  });
});

describe('the window of a stack', () => {
  const statistics = { range: [-1000, 3000], usual: [-900, 1200] } as const;
  const names = (presets: readonly { name: string }[]): string[] => presets.map(({ name }) => name);

  it('is the scanner’s own, else the usual one, else what its values suggest', () => {
    const scanner = [{ name: 'LIVER', centre: 60, width: 150 }];
    expect(windowsOf('CT', scanner, statistics).window).toEqual({ centre: 60, width: 150 });
    expect(windowsOf('CT', [], statistics).window).toEqual({ centre: 40, width: 400 });
    expect(windowsOf('MR', [], statistics).window).toEqual({ centre: 150.5, width: 2101 });
  });

  it('may be one of the user’s first, and each name is there once', () => {
    const scanner = [
      { name: 'lung', centre: -500, width: 1000 },
      { name: '', centre: 1, width: 2 },
    ];
    const { presets } = windowsOf('CT', scanner, statistics, [
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
      'automatic',
      'full range',
    ]);
    expect(presets[1]).toMatchObject({ centre: -500 });
    expect(names(windowsOf('MR', [], statistics).presets)).toEqual(['automatic', 'full range']);
  });

  it('of an even image has some width', () => {
    const even = { range: [7, 7], usual: [7, 7] } as const;
    expect(windowsOf('MR', [], even).window).toEqual({ centre: 7.5, width: 1 });
  });
});
