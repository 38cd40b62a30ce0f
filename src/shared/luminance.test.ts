import { expect, it } from 'vitest';
import { luminance } from './luminance.ts';

it('is the brightness of colours, with a further sample or without', () => {
  const colours = [
    [0, 0, 0],
    [255, 255, 255],
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ];
  const expected = colours.map(([r, g, b]) => 0.299 * r! + 0.587 * g! + 0.114 * b!);
  for (const [stride, pixels] of [
    [3, colours.flat()],
    [4, colours.flatMap((colour) => [...colour, 7])],
  ] as const) {
    const grey = [...luminance(pixels, stride)];
    expect(grey).toHaveLength(colours.length);
    grey.forEach((value, n) => expect(Math.abs(value - expected[n]!)).toBeLessThanOrEqual(1));
  }
});
