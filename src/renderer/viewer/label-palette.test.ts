import { describe, expect, it } from 'vitest';
import { paletteOf } from './label-palette.ts';

const at = (palette: Uint8Array, row: number, value: number): number[] => [
  ...palette.subarray(4 * (256 * row + value), 4 * (256 * row + value + 1)),
];

describe('the palette', () => {
  const styles = [
    {
      value: 3,
      colour: '#ff8000',
      visible: true,
      fill: 0.2,
      outline: 0.6,
      suggested: { fill: 0.3, outline: 1 },
    },
    {
      value: 255,
      colour: '#010203',
      visible: false,
      fill: 1,
      outline: 1,
      suggested: { fill: 0.3, outline: 1 },
    },
  ];

  it('has colours and opacities of areas and borders', () => {
    const palette = paletteOf(styles);
    expect(at(palette, 0, 3)).toEqual([255, 128, 0, 51]);
    expect(at(palette, 1, 3)).toEqual([255, 128, 0, 153]);
  });

  it('hides what is not visible, and no label', () => {
    const palette = paletteOf(styles);
    expect(at(palette, 0, 255)[3]).toBe(0);
    expect(at(palette, 1, 255)[3]).toBe(0);
    expect(at(palette, 0, 0)[3]).toBe(0);
    expect(at(palette, 0, 7)[3]).toBeGreaterThan(0);
  });
});
