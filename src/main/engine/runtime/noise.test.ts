import { describe, expect, it } from 'vitest';
import { keyedState } from '../../../shared/random.ts';
import { fillNormal, noiseSource } from './noise.ts';

const COUNT = 1_000_000;

function draw(count: number, ...key: (number | string)[]): Float32Array {
  const out = new Float32Array(count);
  fillNormal(keyedState(...key), out);
  return out;
}

/** Φ(x) by the series of Marsaglia (2004), good to 1e-15 for |x| < 7. */
function normalCdf(x: number): number {
  let sum = x;
  let term = x;
  for (let i = 3; Math.abs(term) > 1e-17; i += 2) sum += term *= (x * x) / i;
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046727);
}

function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / a.length;
}

describe('normal noise', () => {
  it('has the moments of N(0, 1) within four standard errors', () => {
    const x = draw(COUNT, 7);
    const moment = (n: number): number => x.reduce((sum, v) => sum + v ** n, 0) / COUNT;
    const bound = (variance: number): number => 4 * Math.sqrt(variance / COUNT);
    expect(Math.abs(moment(1))).toBeLessThan(bound(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(moment(3))).toBeLessThan(bound(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound(96));
    expect(Math.abs(moment(6) - 15)).toBeLessThan(bound(10170));
  });

  it('passes the Kolmogorov–Smirnov test against the normal distribution', () => {
    for (const seed of [0, 1, 2]) {
      const x = draw(COUNT, seed).sort();
      let distance = 0;
      x.forEach((v, i) => {
        const p = normalCdf(v);
        distance = Math.max(distance, p - i / COUNT, (i + 1) / COUNT - p);
      });
      // Critical value at 0.1 %.
      expect(distance).toBeLessThan(1.95 / Math.sqrt(COUNT));
    }
  });

  it('has the right tails, where the ziggurat changes its method', () => {
    const x = draw(4_000_000, 'tails');
    for (const edge of [3, 3.442619855899, 4]) {
      const expected = 2 * (1 - normalCdf(edge)) * x.length;
      const seen = x.reduce((n, v) => n + (Math.abs(v) > edge ? 1 : 0), 0);
      expect(Math.abs(seen - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  it('is independent from draw to draw and between streams whose keys are neighbours', () => {
    const key = { seed: 0, slice: '1.2.3', prompt: 'a tumour', sample: 0 };
    const take = (change: Partial<typeof key>, adapter = 0, txt = false): Float32Array => {
      const out = new Float32Array(200_000);
      noiseSource({ ...key, ...change })(adapter, txt ? 'txt_to_img' : 'img_to_txt', out);
      return out;
    };
    const base = take({});
    const others = [
      take({ seed: 1 }),
      take({ slice: '1.2.4' }),
      take({ prompt: 'a  tumour' }),
      take({ sample: 1 }),
      take({}, 1),
      take({}, 0, true),
    ];
    for (const other of others) {
      expect(Math.abs(correlation(base, other))).toBeLessThan(4 / Math.sqrt(base.length));
    }
    for (const lag of [1, 2, 3, 4]) {
      const c = correlation(base.subarray(lag), base.subarray(0, -lag));
      expect(Math.abs(c)).toBeLessThan(4 / Math.sqrt(base.length));
      const squares = correlation(
        base.subarray(lag).map((v) => v * v - 1),
        base.subarray(0, -lag).map((v) => v * v - 1),
      );
      expect(Math.abs(squares)).toBeLessThan(8 / Math.sqrt(base.length));
    }
  });

  it('does not mistake one key for another', () => {
    const first = (...key: (number | string)[]): number => draw(1, ...key)[0]!;
    const values = [
      first('ab', 'c'),
      first('a', 'bc'),
      first('abc'),
      first(1),
      first('1'),
      first(0),
      first(),
      first(0, 0),
      first(2 ** 32),
      first(2 ** 32 + 1),
    ];
    expect(new Set(values).size).toBe(values.length);
    expect(() => first(-1)).toThrow(RangeError);
    expect(() => first(0.5)).toThrow(RangeError);
  });

  it('gives the same bits for ever and everywhere', () => {
    const out = new Float32Array(6);
    noiseSource({ seed: 42, slice: '1.2.840.1', prompt: 'liver', sample: 3 })(5, 'txt_to_img', out);
    expect([...new Int32Array(out.buffer)]).toEqual([
      1055590606, -1088277929, -1078471607, -1080623680, 1070096604, -1109677232,
    ]);
    const bits = new Int32Array(draw(COUNT, 'golden').buffer);
    let digest = 0;
    for (const word of bits) digest = (Math.imul(digest, 31) + word) | 0;
    expect(digest).toBe(-842539360);
  });
});
