import { describe, expect, it } from 'vitest';
import { windowRange } from '../../shared/windowing.ts';
import { presetsFor } from './usual-windows.ts';

describe('presets', () => {
  it('of CT are the known ones, whatever the values', () => {
    const presets = presetsFor('CT', new Int16Array(9));
    expect(presets.find(({ name }) => name === 'lung')).toEqual({
      name: 'lung',
      centre: -600,
      width: 1500,
    });
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
  });

  it('of MR follow the values of the volume', () => {
    const presets = presetsFor(
      'MR',
      Uint16Array.from({ length: 1001 }, (_, n) => n),
    );
    const ends = Object.fromEntries(
      presets.map((preset) => [preset.name, windowRange(preset)] as const),
    );
    expect(ends['full range']).toEqual({ low: 0, range: 1000 });
    expect(ends['high contrast']).toEqual({ low: 50, range: 900 });
    expect(ends['bright structures']).toEqual({ low: 500, range: 500 });
  });

  it('of a volume of one value still are windows', () => {
    for (const { width } of presetsFor('', new Float32Array(8).fill(3))) expect(width).toBe(1);
  });
});
