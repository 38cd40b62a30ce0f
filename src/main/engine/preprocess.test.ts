import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAccumulator, entropy } from '../../shared/uncertainty.ts';
import {
  applyWindow,
  mapsAtSlice,
  modelPicture,
  normalise,
  resizeMap,
  resizePicture,
  type Picture,
} from './preprocess.ts';

describe('windowing', () => {
  it('follows the standard’s formula at its edges (PS3.3 C.11.2.1.2.1)', () => {
    // The standard's example: centre 2048, width 4096 passes 12-bit values through.
    const all = Int16Array.from({ length: 4096 }, (_, i) => i);
    const grey = applyWindow(all, { centre: 2048, width: 4096 });
    grey.forEach((y, x) => expect(y).toBe(Math.floor((x / 4095) * 255 + 0.5)));
    expect([...applyWindow(Int16Array.of(-1, 0, 1), { centre: 0, width: 1 })]).toEqual([
      0, 255, 255,
    ]);
    const step = applyWindow(Int16Array.of(-1, 0, 1, 2), { centre: 1, width: 2 });
    expect([...step]).toEqual([0, 0, 255, 255]);
  });

  it('reads widths below 1 as LINEAR_EXACT and shows NaN black', () => {
    const x = Float32Array.of(-1, 0.25, 0.5, 0.75, 2, NaN);
    expect([...applyWindow(x, { centre: 0.5, width: 0.5 })]).toEqual([0, 0, 128, 255, 255, 0]);
  });

  it('refuses a window that shows nothing', () => {
    const one = Int16Array.of(1);
    for (const width of [0, -5, NaN, Infinity]) {
      expect(() => applyWindow(one, { centre: 0, width })).toThrow(RangeError);
    }
    expect(() => applyWindow(one, { centre: NaN, width: 4 })).toThrow(RangeError);
  });
});

const grey = (rows: number, columns: number, values: Uint8Array): Picture => ({
  channels: 1,
  rows,
  columns,
  values,
});

describe('resizing pictures', () => {
  it('keeps constants, and sizes that do not change', () => {
    const noise = Uint8Array.from({ length: 35 * 51 }, (_, i) => (i * 97) % 256);
    expect(resizePicture(grey(51, 35, noise), 51, 35)).toEqual(grey(51, 35, noise));
    for (const value of [0, 1, 127, 254, 255]) {
      const out = resizePicture(grey(7, 9, new Uint8Array(63).fill(value)), 16, 4);
      expect(out.values.every((v) => v === value)).toBe(true);
    }
  });

  it('is within one grey value of exact bilinear interpolation', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), (rows, columns, toRows, toColumns, seed) => {
        const values = Uint8Array.from(
          { length: rows * columns },
          (_, i) => (Math.imul(i + seed, 2654435761) >>> 24) & 255,
        );
        const exact = resizeMap(Float32Array.from(values), rows, columns, toRows, toColumns);
        const ours = resizePicture(grey(rows, columns, values), toRows, toColumns);
        ours.values.forEach((v, i) => expect(Math.abs(v - exact[i]!)).toBeLessThanOrEqual(1));
      }),
      { numRuns: 50 },
    );
  });

  it('averages four pixels when halving', () => {
    const eight = Uint8Array.of(0, 1, 100, 200, 3, 4, 50, 60);
    expect([...resizePicture(grey(2, 4, eight), 1, 2).values]).toEqual([2, 103]);
  });

  it('treats every channel of colour as it treats grey', () => {
    const planes = [3, 7, 11].map((step) =>
      Uint8Array.from({ length: 13 * 9 }, (_, i) => (i * i * step) % 256),
    );
    const colour = Uint8Array.from(
      { length: 3 * 13 * 9 },
      (_, i) => planes[i % 3]![Math.floor(i / 3)]!,
    );
    const { values } = resizePicture({ channels: 3, rows: 13, columns: 9, values: colour }, 20, 6);
    planes.forEach((plane, channel) => {
      const alone = resizePicture(grey(13, 9, plane), 20, 6).values;
      expect(values.filter((_, i) => i % 3 === channel)).toEqual(alone);
    });
  });
});

describe('resizing maps', () => {
  it('reproduces a linear ramp inside, and holds the edge outside', () => {
    const ramp = Float32Array.from({ length: 8 }, (_, i) => i);
    const out = resizeMap(ramp, 1, 8, 1, 16);
    out.forEach((v, i) => expect(v).toBeCloseTo(Math.min(7, Math.max(0, (i + 0.5) / 2 - 0.5)), 6));
    expect([...resizeMap(ramp, 8, 1, 4, 1)]).toEqual([0.5, 2.5, 4.5, 6.5]);
  });

  it('keeps total = H[p] = aleatoric + epistemic at the resolution of the slice', () => {
    const accumulator = createAccumulator(64);
    for (let s = 0; s < 5; s++) {
      accumulator.add(Float32Array.from({ length: 64 }, (_, i) => 8 * Math.sin(i * (s + 1))));
    }
    const maps = mapsAtSlice(accumulator.maps(), 8, 13, 21);
    expect(maps.probability.length).toBe(13 * 21);
    for (let i = 0; i < maps.total.length; i++) {
      expect(maps.total[i]).toBeCloseTo(entropy(maps.probability[i]!), 6);
      expect(maps.aleatoric[i]! + maps.epistemic[i]!).toBeCloseTo(maps.total[i]!, 6);
      expect(maps.aleatoric[i]).toBeGreaterThanOrEqual(0);
      expect(maps.epistemic[i]).toBeGreaterThanOrEqual(0);
    }
  });
});

const IMAGENET = {
  channelOrder: 'BGR',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

describe('model input', () => {
  const window = { centre: 0, width: 10 };

  it('is windowed, resized and normalised per channel', () => {
    const pixels = Int16Array.from({ length: 6 }, () => 300);
    const slice = { channels: 1, rows: 2, columns: 3, pixels, window } as const;
    const picture = modelPicture(slice, 4);
    expect(picture).toEqual(grey(4, 4, new Uint8Array(16).fill(255)));
    const input = normalise(picture, IMAGENET);
    expect(input.length).toBe(48);
    expect(input[0]).toBeCloseTo((1 - 0.485) / 0.229, 6);
    expect(input[16]).toBeCloseTo((1 - 0.456) / 0.224, 6);
    expect(input[47]).toBeCloseTo((1 - 0.406) / 0.225, 6);
    expect(normalise(picture, { ...IMAGENET, channelOrder: 'RGB' })).toEqual(input);
  });

  it('has the channels of colour in the order that the means are given for', () => {
    const pixels = Uint8Array.of(255, 0, 51);
    const picture = modelPicture({ channels: 3, rows: 1, columns: 1, pixels }, 2);
    const firstOf = (channelOrder: 'BGR' | 'RGB'): number[] =>
      [0, 4, 8].map((at) => normalise(picture, { ...IMAGENET, channelOrder })[at]!);
    const value = (v: number, n: number): number =>
      Math.fround((v / 255 - IMAGENET.mean[n]!) / IMAGENET.std[n]!);
    expect(firstOf('RGB')).toEqual([value(255, 0), value(0, 1), value(51, 2)]);
    expect(firstOf('BGR')).toEqual([value(51, 0), value(0, 1), value(255, 2)]);
  });

  it('is refused where the values do not fill the slice', () => {
    const pixels = new Uint8Array(6);
    expect(() => modelPicture({ channels: 1, rows: 2, columns: 2, pixels, window }, 4)).toThrow(
      '6 values do not fill a slice of 2 × 2 with 1 channel',
    );
    expect(() => modelPicture({ channels: 3, rows: 2, columns: 3, pixels }, 4)).toThrow(
      '6 values do not fill a slice of 2 × 3 with 3 channels',
    );
  });
});
