/** IEEE 754 half precision, round to nearest, ties to even; and bfloat16. */

const f32 = new Float32Array(1);
const bits = new Uint32Array(f32.buffer);

export function toHalf(value: number): number {
  f32[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0);
  // From 65520 on, rounding reaches infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal half: a multiple of 2⁻²⁴. Scaling by a power of two is exact, so ties are seen.
    const scaled = Math.abs(f32[0]) * 0x1000000;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i]!);
  return halves;
}

/** Value of every half, made when first needed: large tensors are looked up, not computed. */
let allHalves: Float32Array | undefined;

export function floatsOf(halves: Uint16Array): Float32Array {
  allHalves ??= Float32Array.from({ length: 0x10000 }, (_, half) => fromHalf(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = allHalves[halves[i]!]!;
  return values;
}

/** bfloat16 is the upper half of a float32. */
export function floatsOfBfloat16(stored: Uint16Array): Float32Array {
  const wide = new Uint32Array(stored.length);
  for (let i = 0; i < stored.length; i++) wide[i] = stored[i]! << 16;
  return new Float32Array(wide.buffer);
}
