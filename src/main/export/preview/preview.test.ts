import { describe, expect, it } from 'vitest';
import { createCanvas, drawText, fitText, textWidth } from './canvas.ts';
import { inferno } from '../../../shared/colormap.ts';
import { layOut } from './stroke-font.ts';
import { drawImage, drawOutlines, heatOpacity, resample } from './tiles.ts';

const lightness = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

describe('the colour map', () => {
  it('grows lighter from end to end, over the legend as well, and holds its ends', () => {
    for (let n = 1; n <= 200; n++) {
      const [t, before] = [n / 200, (n - 1) / 200];
      expect(lightness(inferno(t))).toBeGreaterThan(lightness(inferno(before)));
      expect(heatOpacity(t)).toBeGreaterThanOrEqual(heatOpacity(before));
    }
    expect(inferno(-1)).toEqual(inferno(0));
    expect(inferno(NaN)).toEqual(inferno(0));
    expect(inferno(2)).toEqual([252, 255, 164]);
  });
});

describe('text', () => {
  const box = layOut('☃').segments;
  it.each([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-/()"·…'])(
    'has a glyph for %s',
    (letter) => {
      const { segments, width } = layOut(letter);
      expect(segments.length).toBeGreaterThan(0);
      expect(segments).not.toEqual(box);
      expect(width).toBeLessThanOrEqual(4);
    },
  );

  it('no two letters look the same', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
    const looks = new Set(letters.map((letter) => JSON.stringify(layOut(letter).segments)));
    expect(looks.size).toBe(letters.length);
  });

  it('leaves accents out', () => {
    expect(layOut('größe é')).toEqual(layOut('grosse e'));
  });

  it('is drawn where it is asked for, within its width, and may hang over the border', () => {
    const canvas = createCanvas(120, 40, [0, 0, 0]);
    drawText(canvas, 'Hgl', 10, 10, 12, [255, 255, 255]);
    let [left, right, top, bottom] = [999, -1, 999, -1];
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 120; x++) {
        if (canvas.rgba[4 * (x + 120 * y)]! < 128) continue;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      }
    }
    expect(left).toBeGreaterThanOrEqual(9);
    expect(right).toBeLessThanOrEqual(10 + textWidth('Hgl', 12) + 1);
    expect([top, bottom]).toEqual([10, 26]);
    drawText(canvas, 'over', 110, 35, 12, [255, 255, 255]);
  });

  it('is cut to a width with an ellipsis', () => {
    expect(fitText('short', 10, 500)).toBe('short');
    const cut = fitText('a rather long label name', 10, 80);
    expect(cut).toMatch(/^a rath.*…$/);
    expect(textWidth(cut, 10)).toBeLessThanOrEqual(80);
  });
});

describe('tiles', () => {
  it('resampling keeps a ramp straight, larger and smaller', () => {
    const ramp = {
      columns: 8,
      rows: 2,
      pixels: Float32Array.from({ length: 16 }, (_, n) => n % 8),
    };
    const large = resample(ramp, { x: 0, y: 0, width: 32, height: 4 });
    for (let x = 4; x < 28; x++) expect(large[x]).toBeCloseTo((x + 0.5) / 4 - 0.5, 5);
    const small = resample(ramp, { x: 0, y: 0, width: 4, height: 1 });
    [0.5, 2.5, 4.5, 6.5].forEach((v, n) => expect(small[n]).toBeCloseTo(v, 5));
  });

  it('a window maps its ends to black and white (DICOM PS3.3 C.11.2.1.2.1)', () => {
    const canvas = createCanvas(4, 1, [9, 9, 9]);
    const tile = { x: 0, y: 0, width: 4, height: 1 };
    drawImage(canvas, tile, Float32Array.of(-160, 40, 239, 500), { centre: 40, width: 400 });
    const greys = [0, 4, 8, 12].map((n) => canvas.rgba[n]!);
    expect(greys).toEqual([0, 128, 255, 255]);
  });

  it('an outline follows the border of a label inside it, between labels too', () => {
    const canvas = createCanvas(16, 8, [0, 0, 0]);
    const pixels = Uint8Array.of(1, 2, 1, 2);
    const colours = new Map([
      [1, [255, 0, 0] as const],
      [2, [0, 255, 0] as const],
    ]);
    const tile = { x: 0, y: 0, width: 16, height: 8 };
    drawOutlines(canvas, tile, { columns: 2, rows: 2, pixels }, colours);
    const at = (x: number, y: number): number[] => [
      canvas.rgba[4 * (x + 16 * y)]!,
      canvas.rgba[4 * (x + 16 * y) + 1]!,
    ];
    expect(at(7, 4)).toEqual([255, 0]);
    expect(at(8, 4)).toEqual([0, 255]);
    expect(at(3, 4)).toEqual([0, 0]);
  });
});

describe('the image of a preview', () => {
  const greys = (window: { centre: number; width: number }, values: readonly number[]) => {
    const canvas = createCanvas(values.length, 1, [9, 9, 9]);
    const tile = { x: 0, y: 0, width: values.length, height: 1 };
    drawImage(canvas, tile, Float32Array.from(values), window);
    return values.map((_, x) => canvas.rgba[4 * x]);
  };

  it('is in the greys that the model sees, also through windows narrower than 1', () => {
    const values = [-1, 0, 0.3, 0.7, 1, 2];
    expect(greys({ centre: 0.5, width: 0.8 }, values)).toEqual([0, 0, 64, 191, 255, 255]);
    expect(greys({ centre: 0.5, width: 1 }, values)).toEqual([0, 0, 255, 255, 255, 255]);
    expect(greys({ centre: 50.5, width: 101 }, [0, 20, 100])).toEqual([0, 51, 255]);
  });
});
