/**
 * Control points of the colour map "inferno" (S. van der Walt and N. Smith for Matplotlib, CC0) at
 * 0, 1/8, … 1: perceptually uniform, lightness rises throughout, fit for colour-blind readers and
 * for print in grey.
 */
const INFERNO = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
] as const;

export type Rgb = readonly [number, number, number];

/** Colour of a value on the fixed scale 0…1 (beyond it: of the nearer end), linear between points. */
export function inferno(t: number): Rgb {
  const x = Math.min(Math.max(t || 0, 0), 1) * (INFERNO.length - 1);
  const n = Math.min(Math.floor(x), INFERNO.length - 2);
  const [a, b] = [INFERNO[n]!, INFERNO[n + 1]!];
  const mix = (channel: 0 | 1 | 2): number => a[channel] + (b[channel] - a[channel]) * (x - n);
  return [mix(0), mix(1), mix(2)];
}
