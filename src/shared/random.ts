/**
 * The project's one generator of random bits: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", 2021), 32-bit integer operations only, so that every
 * machine draws the same numbers.
 */

/** Four 32-bit words, never all zero; advanced in place by `nextUint32`. */
export type RandomState = Int32Array;

/** The finaliser of splitmix32: a bijection of 32-bit words in which every bit moves every other. */
function mix(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

/**
 * State of the stream that belongs to a key. Different keys give unrelated streams: the key is
 * hashed into 128 bits, so that even a million streams collide with probability below 1e-26.
 * @param key non-negative safe integers and strings; their order and boundaries matter.
 */
export function keyedState(...key: readonly (number | string)[]): RandomState {
  // Four lanes that differ in their start only (digits of π, so that nothing is hidden in them).
  const lanes = Int32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);
  const absorb = (word: number): void => {
    for (let lane = 0; lane < 4; lane++) lanes[lane] = mix((lanes[lane]! ^ word) + 0x9e3779b9);
  };
  for (const part of key) {
    if (typeof part === 'number') {
      if (!Number.isSafeInteger(part) || part < 0) {
        throw new RangeError(`A random stream cannot be keyed by ${part}: not a natural number.`);
      }
      absorb(part % 0x100000000);
      absorb(Math.floor(part / 0x100000000));
    } else {
      // Beyond the range of a safe integer's upper half: "1" and 1 stay apart.
      absorb(0xffffffff);
      absorb(part.length);
      for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i));
    }
  }
  if (lanes.every((lane) => lane === 0)) lanes[0] = 1;
  return lanes;
}

/** The next 32 random bits, as a signed integer. */
export function nextInt32(state: RandomState): number {
  const s1 = state[1]!;
  const scrambled = Math.imul(s1, 5);
  const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
  const a = state[2]! ^ state[0]!;
  const b = state[3]! ^ s1;
  state[1] = s1 ^ a;
  state[0] = state[0]! ^ b;
  state[2] = a ^ (s1 << 9);
  state[3] = (b << 11) | (b >>> 21);
  return result;
}
