import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelsAfter, openRules, positionsOf, rules, triples, volumes } from './arbitraries.ts';
import {
  erase,
  inRange,
  labelRegion,
  paint,
  planeBox,
  wholeBox,
  type EditRules,
  type LabelVolume,
  type Region,
} from './index.ts';

/** A volume, and a region anywhere in it. */
const cases = volumes.chain((volume) =>
  fc
    .record({ a: triples(fc.nat(6)), b: triples(fc.nat(6)) })
    .map(({ a, b }) => {
      const from = a.map((v, n) => Math.min(v, b[n]!, volume.size[n]! - 1));
      const to = a.map((v, n) => Math.min(Math.max(v, b[n]!), volume.size[n]! - 1));
      const size = to.map((v, n) => v - from[n]! + 1);
      return { from, size } as unknown as Pick<Region, 'from' | 'size'>;
    })
    .chain((box) => {
      const length = box.size[0] * box.size[1] * box.size[2];
      return fc.record({
        volume: fc.constant(volume),
        region: fc
          .uint8Array({ min: 0, max: 1, minLength: length, maxLength: length })
          .map((mask): Region => ({ ...box, mask })),
        image: fc.array(fc.constantFrom(-50, 0, 50, NaN), {
          minLength: volume.data.length,
          maxLength: volume.data.length,
        }),
      });
    }),
);

/** Whether each voxel of a volume is in a region. */
function membership({ size }: LabelVolume, { from, size: box, mask }: Region): boolean[] {
  return positionsOf(size).map((p) => {
    const [x, y, z] = [p[0] - from[0], p[1] - from[1], p[2] - from[2]];
    const isInside = x >= 0 && y >= 0 && z >= 0 && x < box[0] && y < box[1] && z < box[2];
    return isInside && mask[x + box[0] * (y + box[1] * z)] !== 0;
  });
}

describe('painting a region', () => {
  it('gives it the label where the rules allow, and nowhere else', () => {
    fc.assert(
      fc.property(cases, openRules, ({ volume, region }, paintRules) => {
        const inside = membership(volume, region);
        const expected = [...volume.data].map((label, n) => {
          const free =
            !paintRules.locked.has(label) && (paintRules.overwrite === 'unlocked' || label === 0);
          return inside[n] && free ? paintRules.value : label;
        });
        expect(labelsAfter(volume, paint(volume, region, paintRules, 'Brush'))).toEqual(expected);
      }),
    );
  });

  it('does not change the labels before the edit is applied', () => {
    fc.assert(
      fc.property(cases, openRules, ({ volume, region }, paintRules) => {
        const before = volume.data.slice();
        paint(volume, region, paintRules, 'Brush');
        expect(volume.data).toEqual(before);
      }),
    );
  });

  it('refuses a locked label by name, and what is no label', () => {
    fc.assert(
      fc.property(cases, rules, ({ volume, region }, paintRules) => {
        const locked = { ...paintRules, locked: new Set([...paintRules.locked, paintRules.value]) };
        const refusal = expect.objectContaining({ code: 'label-locked' });
        expect(() => paint(volume, region, locked, 'Brush')).toThrow(refusal);
        expect(() => erase(volume, region, locked, 'Eraser')).toThrow(refusal);
        for (const value of [0, 256, 1.5]) {
          expect(() => paint(volume, region, { ...paintRules, value }, 'Brush')).toThrow(
            RangeError,
          );
        }
      }),
    );
  });
});

describe('erasing a region', () => {
  it('takes away the label alone, whatever painting may replace', () => {
    fc.assert(
      fc.property(cases, openRules, ({ volume, region }, paintRules) => {
        const inside = membership(volume, region);
        const isGone = (label: number, n: number): boolean =>
          inside[n]! && label === paintRules.value && !paintRules.locked.has(0);
        const expected = [...volume.data].map((label, n) => (isGone(label, n) ? 0 : label));
        expect(labelsAfter(volume, erase(volume, region, paintRules, 'Eraser'))).toEqual(expected);
      }),
    );
  });

  it('clears every label but locked ones', () => {
    fc.assert(
      fc.property(cases, rules, ({ volume, region }, paintRules) => {
        const inside = membership(volume, region);
        const isGone = (label: number, n: number): boolean =>
          inside[n]! && !paintRules.locked.has(label) && !paintRules.locked.has(0);
        const expected = [...volume.data].map((label, n) => (isGone(label, n) ? 0 : label));
        expect(labelsAfter(volume, erase(volume, region, paintRules, 'Clear', 'clear'))).toEqual(
          expected,
        );
      }),
    );
  });
});

describe('a region', () => {
  it('of a range of image values holds those between both ends, and none that is no number', () => {
    fc.assert(
      fc.property(cases, ({ volume, region, image }) => {
        const inside = membership(volume, region);
        const part = inRange(volume, region, Float32Array.from(image), 0, 50);
        const expected = image.map((v, n) => inside[n]! && (v === 0 || v === 50));
        expect(membership(volume, part)).toEqual(expected);
      }),
    );
  });

  it('needs an image on the same grid', () => {
    const volume: LabelVolume = { size: [2, 1, 1], spacing: [1, 1, 1], data: new Uint8Array(2) };
    const region = labelRegion(volume, wholeBox(volume), 0);
    expect(() => inRange(volume, region, new Int16Array(3), 0, 1)).toThrow(RangeError);
  });

  it('of a label holds that label', () => {
    fc.assert(
      fc.property(volumes, fc.integer({ min: 0, max: 3 }), (volume, label) => {
        const region = labelRegion(volume, wholeBox(volume), label);
        expect([...region.mask]).toEqual([...volume.data].map((v) => (v === label ? 1 : 0)));
      }),
    );
  });

  it('refuses a plane that is not there', () => {
    const refusal = expect.objectContaining({ code: 'no-such-slice' });
    for (const index of [-1, 3, 0.5]) {
      expect(() => planeBox({ size: [1, 2, 3] }, { axis: 2, index })).toThrow(refusal);
    }
  });
});

describe('a lock', () => {
  it('on "none" lets labels change into each other only', () => {
    const volume: LabelVolume = {
      size: [4, 1, 1],
      spacing: [1, 1, 1],
      data: Uint8Array.of(0, 1, 2, 3),
    };
    const paintRules: EditRules = { value: 1, locked: new Set([0, 3]), overwrite: 'unlocked' };
    const all = { ...wholeBox(volume), mask: Uint8Array.of(1, 1, 1, 1) };
    expect(labelsAfter(volume, paint(volume, all, paintRules, 'Brush'))).toEqual([0, 1, 1, 3]);
    expect(labelsAfter(volume, erase(volume, all, paintRules, 'Clear', 'clear'))).toEqual([
      0, 1, 2, 3,
    ]);
  });
});
