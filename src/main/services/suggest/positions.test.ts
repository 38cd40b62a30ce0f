import { describe, expect, it } from 'vitest';
import { rasterOf, type FrameInfo, type ImageKind } from '../../../shared/image/index.ts';
import type { OpenVolume } from '../cases/index.ts';
import { positionsOf } from './positions.ts';

const frame = (z: number | null, size: readonly [number, number] = [4, 4]): FrameInfo => ({
  key: String(z),
  size,
  plane: z === null ? null : { position: [0, 0, z], row: [1, 0, 0], column: [0, 1, 0] },
  spacing: { mm: [0.5, 0.5], of: 'patient' },
  time: null,
});
const positions = (kind: ImageKind, frames: readonly FrameInfo[]) =>
  positionsOf({ image: { kind, frames }, raster: rasterOf(frames, null) } as unknown as OpenVolume);

describe('where slices lie behind one another', () => {
  it('is along the normal in a stack, as uneven as it was acquired', () => {
    expect(positions('stack', [frame(0), frame(3), frame(10)])).toEqual([0, 3, 10]);
  });

  it('is along time in a clip', () => {
    expect(positions('clip', [frame(null), frame(null), frame(null)])).toEqual([0, 0.5, 1]);
  });

  it('is nowhere in a set, and where nothing says it: what is decided on one tells nothing of others', () => {
    expect(positions('set', [frame(null), frame(null)])).toBeNull();
    expect(positions('set', [frame(0), frame(1, [2, 2])])).toBeNull();
    expect(positions('stack', [frame(0), frame(null)])).toBeNull();
  });

  it('counts in slices along the normal of a grid', () => {
    const affineLps = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 1];
    const raster = rasterOf([], { size: [4, 4, 3], affineLps });
    const volume = { image: { kind: 'volume', frames: [] }, raster } as unknown as OpenVolume;
    expect(positionsOf(volume)).toEqual([0, 2.5, 5]);
  });
});
