import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume.ts';
import { squaredDistances } from './distance.ts';
import { dice, nsd, volumeMl } from './index.ts';
import { isSurface, surfelAreas, surfelsOf } from './surface.ts';

const voxels = (size: Triple): number => size[0] * size[1] * size[2];

const cases = fc
  .record({
    size: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 6 }))),
    spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.2, max: 4, noNaN: true }))),
  })
  .chain(({ size, spacing }) => {
    const mask = fc.array(fc.integer({ min: 0, max: 1 }), {
      minLength: size.reduce((n, s) => n * s, 1),
      maxLength: size.reduce((n, s) => n * s, 1),
    });
    return fc.record({
      size: fc.constant(size as unknown as Triple),
      spacing: fc.constant(spacing as unknown as Triple),
      a: mask,
      b: mask,
    });
  });

/** Position in mm of every point of a grid that passes. */
function points(size: Triple, spacing: Triple, passes: (n: number) => boolean): Triple[] {
  const found: Triple[] = [];
  for (let z = 0, n = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++)
      for (let x = 0; x < size[0]; x++, n++)
        if (passes(n)) found.push([x * spacing[0], y * spacing[1], z * spacing[2]]);
  return found;
}
const nearest = (p: Triple, others: readonly Triple[]): number =>
  Math.min(...others.map((q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])));

describe('distance transform', () => {
  it('is the distance to the nearest source, found by trying them all', () => {
    fc.assert(
      fc.property(cases, ({ size, spacing, a }) => {
        const sources = points(size, spacing, (n) => a[n] !== 0);
        const all = points(size, spacing, () => true);
        const squared = squaredDistances(a, size, spacing);
        all.forEach((p, n) => {
          if (sources.length === 0) expect(squared[n]).toBe(Infinity);
          else expect(Math.sqrt(squared[n]!)).toBeCloseTo(nearest(p, sources), 9);
        });
      }),
    );
  });
});

describe('Dice', () => {
  it('counts what overlaps', () => {
    expect(dice([1, 1, 0, 0], [0, 1, 1, 1])).toBeCloseTo((2 * 1) / 5);
    expect(dice([2, 0], [3, 0])).toBe(1);
  });
  it('is 1 for two empty masks and 0 for one', () => {
    expect(dice([0, 0], [0, 0])).toBe(1);
    expect(dice([0, 0], [0, 1])).toBe(0);
  });
  it('refuses masks of different size', () => {
    expect(() => dice([1], [1, 1])).toThrow(expect.objectContaining({ code: 'size-mismatch' }));
  });
});

/** A mask from a linear congruential generator (Numerical Recipes), i fastest. */
function noise(size: Triple, seed: number, share: number): Uint8Array {
  let x = seed;
  return Uint8Array.from({ length: voxels(size) }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 32 < share ? 1 : 0;
  });
}

function ellipsoid(size: Triple, centre: Triple, radii: Triple): Uint8Array {
  const all = points(size, [1, 1, 1], () => true);
  return Uint8Array.from(all, (p) =>
    p.reduce((sum, v, axis) => sum + ((v - centre[axis]!) / radii[axis]!) ** 2, 0) <= 1 ? 1 : 0,
  );
}

describe('normalised surface Dice', () => {
  // What google-deepmind/surface-distance (compute_surface_dice_at_tolerance) gives for these masks:
  // spacing, tolerance, then noise against noise, two ellipsoids, dense against sparse noise.
  const golden = [
    [1, 1, 1, 0, 0.4689532864937822, 0.35748227070008426, 0.10332042625289192],
    [1, 1, 1, 0.7, 0.4689532864937822, 0.35748227070008426, 0.10332042625289192],
    [1, 1, 1, 1, 0.8126757225969989, 0.8311948921854906, 0.31072735816930014],
    [1, 1, 1, 2, 0.9717830310633093, 0.9666470416994057, 0.5368155619349662],
    [1, 1, 1, 3, 1.0, 0.9978388770358778, 0.7041793552483251],
    [0.7, 0.7, 3, 0, 0.4650338790876667, 0.34750222288666976, 0.10041774594471264],
    [0.7, 0.7, 3, 0.7, 0.7559379210626205, 0.6986937804016453, 0.2463542515791277],
    [0.7, 0.7, 3, 1, 0.8084330164035418, 0.796123659196295, 0.30390273566897746],
    [0.7, 0.7, 3, 2, 0.9269847722510695, 0.9521439661277993, 0.5289016343305789],
    [0.7, 0.7, 3, 3, 0.9917354415740494, 0.9885954796421527, 0.8005329361328036],
    [0.3, 1.1, 2.5, 0, 0.45916506310482225, 0.33066037928503916, 0.09397157478328762],
    [0.3, 1.1, 2.5, 0.7, 0.7158019454075317, 0.7280115123315852, 0.24276053872151732],
    [0.3, 1.1, 2.5, 1, 0.7616092214202397, 0.8523594197406041, 0.2871593594856366],
    [0.3, 1.1, 2.5, 2, 0.95173930436612, 0.9659722921587103, 0.6481967178678697],
    [0.3, 1.1, 2.5, 3, 1.0, 1.0, 0.887277082982975],
  ] as const;

  it.each(golden)('spacing %f × %f × %f, tolerance %f: the reference code agrees', (...row) => {
    const [sx, sy, sz, tolerance, noisy, round, sparse] = row;
    const spacing: Triple = [sx, sy, sz];
    const small: Triple = [7, 6, 5];
    const large: Triple = [24, 20, 16];
    const dense = noise(small, 1, 0.5);
    expect(nsd(dense, noise(small, 2, 0.1), small, spacing, tolerance)).toBeCloseTo(noisy, 10);
    const [one, two] = [
      ellipsoid(large, [10, 9, 7], [8, 6, 5]),
      ellipsoid(large, [12, 10, 7], [9, 6, 4]),
    ];
    expect(nsd(one, two, large, spacing, tolerance)).toBeCloseTo(round, 10);
    expect(nsd(dense, noise(small, 3, 0.02), small, spacing, tolerance)).toBeCloseTo(sparse, 10);
  });

  it('is the share of area found near by trying all pairs of surface elements', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 6, noNaN: true }), (c, tolerance) => {
        const { size, spacing, a, b } = c;
        const areas = surfelAreas(spacing);
        const list = (mask: number[]): { p: Triple; area: number }[] => {
          const { size: corners, codes } = surfelsOf(mask, size);
          const at = points(corners, spacing, (n) => isSurface(codes[n]!));
          const found = [...codes].filter(isSurface);
          return at.map((p, n) => ({ p, area: areas[found[n]!]! }));
        };
        const [sa, sb] = [list(a), list(b)];
        if (sa.length === 0 || sb.length === 0) {
          expect(nsd(a, b, size, spacing, tolerance)).toBe(sa.length === sb.length ? 1 : 0);
          return;
        }
        const near = (from: typeof sa, to: typeof sa): number => {
          const others = to.map(({ p }) => p);
          return from.reduce(
            (s, { p, area }) => s + (nearest(p, others) <= tolerance ? area : 0),
            0,
          );
        };
        const total = [...sa, ...sb].reduce((s, { area }) => s + area, 0);
        const expected = (near(sa, sb) + near(sb, sa)) / total;
        expect(nsd(a, b, size, spacing, tolerance)).toBeCloseTo(expected, 9);
      }),
      { numRuns: 50 },
    );
  });

  it('every pattern of voxels has an area, but for all and none', () => {
    surfelAreas([1, 2, 3]).forEach((area, code) => expect(area > 0).toBe(isSurface(code)));
  });

  it('equal masks give 1 and are not hurt by touching the border', () => {
    const all = new Uint8Array(60).fill(1);
    expect(nsd(all, all, [3, 4, 5], [1, 1, 2], 0)).toBe(1);
  });

  it('refuses a size that is not that of the masks', () => {
    const call = (): number => nsd([1], [1], [1, 2, 1], [1, 1, 1], 2);
    expect(call).toThrow(expect.objectContaining({ code: 'size-mismatch' }));
  });
});

describe('volume', () => {
  it('is that of the voxels, tilted ones included', () => {
    const sheared = [0.5, 0, 0, 9, 0, 2, 1, 9, 0, 0, -3, 9, 0, 0, 0, 1];
    expect(volumeMl(1000, { size: [1, 1, 1], affineLps: sheared })).toBeCloseTo(3);
  });
});
