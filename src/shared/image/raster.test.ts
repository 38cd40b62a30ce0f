import { describe, expect, it } from 'vitest';
import { amountOf, amountUnit, gridOf, rasterOf, type FrameInfo } from './index.ts';

const frame = (change: Partial<FrameInfo> = {}): FrameInfo => ({
  key: 'a',
  size: [4, 3],
  plane: { position: [1, 2, 3], row: [0, 1, 0], column: [0, 0, -1] },
  spacing: { mm: [0.5, 2], of: 'patient' },
  time: null,
  ...change,
});

describe('the raster of an image', () => {
  it('on a grid is that of the grid', () => {
    const grid = {
      size: [4, 3, 2],
      affineLps: [0, 0, 4, 1, 0.5, 0, 0, 2, 0, 2, 0, 3, 0, 0, 0, 1],
    } as const;
    const raster = rasterOf([frame(), frame()], grid);
    expect(raster).toMatchObject({
      size: [4, 3, 2],
      spacing: [0.5, 2, 4],
      measured: 'patient',
      isGrid: true,
    });
    expect(gridOf(raster)).toEqual(grid);
    expect([amountOf(10, raster), amountUnit(raster)]).toEqual([0.04, 'ml']);
  });

  it('of parallel planes on no grid knows how each lies, and not how they lie behind one another', () => {
    const raster = rasterOf([frame(), frame(), frame()], null);
    expect(raster).toMatchObject({
      size: [4, 3, 3],
      spacing: [0.5, 2, 1],
      measured: 'patient',
      isGrid: false,
    });
    // Along the row, along the column, along the normal; from the first pixel.
    expect(raster.affineLps).toEqual([0, 0, -1, 1, 0.5, 0, 0, 2, 0, -2, 0, 3, 0, 0, 0, 1]);
    expect(gridOf(raster)).toBeNull();
    expect([amountOf(10, raster), amountUnit(raster)]).toEqual([10, 'mm²']);
  });

  it('without planes or sizes of pixels claims neither', () => {
    const bare = frame({ plane: null, spacing: null });
    const raster = rasterOf([bare, bare], null);
    expect(raster).toMatchObject({ affineLps: null, spacing: [1, 1, 1], measured: null });
    expect([amountOf(10, raster), amountUnit(raster)]).toEqual([10, 'pixels']);
    expect(rasterOf([frame(), bare], null).affineLps).toBeNull();
  });

  it('has no length that not all frames share', () => {
    const other = frame({ spacing: { mm: [0.6, 2], of: 'patient' } });
    expect(rasterOf([frame(), other], null).measured).toBeNull();
    const detector = frame({ spacing: { mm: [0.5, 2], of: 'detector' } });
    expect(rasterOf([frame(), detector], null).measured).toBeNull();
    expect(rasterOf([detector, detector], null).measured).toBe('detector');
    const rounded = frame({ spacing: { mm: [0.500_01, 2], of: 'patient' } });
    expect(rasterOf([frame(), rounded], null).measured).toBe('patient');
  });

  it('of pictures of several sizes is as large as the largest of each, and knows each', () => {
    const sizes = [
      [4, 3],
      [2, 7],
    ] as const;
    const raster = rasterOf(
      sizes.map((size) => frame({ size, plane: null, spacing: null })),
      null,
    );
    expect(raster.size).toEqual([4, 7, 2]);
    expect(raster.frameSizes).toEqual(sizes);
  });
});
