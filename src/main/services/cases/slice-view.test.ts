import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapData, sliceAlong } from '../../../shared/geometry/index.ts';
import { displayMap } from '../../../shared/geometry/index.ts';
import { rasterOfGrid } from '../../../shared/image/index.ts';
import type { Grid } from '../../../shared/volume.ts';
import { sliceView } from './slice-view.ts';

/** Grids along the axes of the patient, in any order and direction. */
const grid = fc
  .record({
    size: fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    order: fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
    signs: fc.tuple(fc.constantFrom(-1, 1), fc.constantFrom(-1, 1), fc.constantFrom(-1, 1)),
  })
  .map(({ size, order, signs }): Grid => {
    const affineLps = new Array<number>(16).fill(0);
    order.forEach((axis, world) => (affineLps[4 * world + axis] = signs[axis]! * (axis + 1)));
    affineLps[15] = 1;
    return { size, affineLps };
  });

describe('slices of a volume', () => {
  it('are shown as the slices of the displayed volume are', () => {
    fc.assert(
      fc.property(grid, (one) => {
        const [nx, ny, nz] = one.size;
        const data = Int16Array.from({ length: nx * ny * nz }, (_, i) => i);
        const map = displayMap(one);
        const size = map.order.map((axis) => one.size[axis]!) as [number, number, number];
        const whole = mapData(data, one.size, map);
        const view = sliceView(rasterOfGrid(one));
        for (let k = 0; k < nz; k++) {
          const stored = data.subarray(k * nx * ny, (k + 1) * nx * ny);
          expect(view.show(stored)).toEqual(sliceAlong(whole, size, 2, k));
        }
        // Lengths tell the axes apart: 1, 2 and 3 mm.
        expect(view.shown.spacing).toEqual([map.order[0] + 1, map.order[1] + 1]);
        expect(view.stored).toEqual({ columns: nx, rows: ny, spacing: [1, 2] });
      }),
    );
  });

  it('of colour keep the channels of a pixel side by side', () => {
    // Shown from right to left: columns run towards the patient's right.
    const affineLps = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const view = sliceView(rasterOfGrid({ size: [2, 2, 1], affineLps }), 3);
    const stored = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    expect([...view.show(stored).pixels]).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
  });

  it('of a frame that does not fill the array are cut to it, and maps have zeros beside it', () => {
    const raster = { size: [3, 2, 2], affineLps: null, spacing: [1, 1, 1] } as const;
    const view = sliceView(raster, 1, [2, 1]);
    expect(view.show(Uint8Array.of(1, 2, 3, 4, 5, 6))).toEqual({
      columns: 2,
      rows: 1,
      pixels: Uint8Array.of(1, 2),
    });
    expect([...view.toStored(Uint8Array.of(7, 8))]).toEqual([7, 8, 0, 0, 0, 0]);
    expect(view.stored).toMatchObject({ columns: 3, rows: 2 });
  });

  it('come back as they were stored', () => {
    fc.assert(
      fc.property(grid, (one) => {
        const view = sliceView(rasterOfGrid(one));
        const stored = Uint8Array.from({ length: one.size[0] * one.size[1] }, (_, i) => i);
        expect(view.toStored(view.toShown(stored))).toEqual(stored);
      }),
    );
  });
});
