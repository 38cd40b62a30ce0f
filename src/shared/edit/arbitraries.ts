import fc from 'fast-check';
import type { Triple } from '../volume.ts';
import { applyEdit, type Edit } from './edit.ts';
import type { Extent, LabelVolume, Plane } from './label-volume.ts';
import type { EditRules } from './rules.ts';

/** Small label volumes of any spacing, for property tests. */
export const volumes: fc.Arbitrary<LabelVolume> = fc
  .record({
    size: triples(fc.integer({ min: 1, max: 7 })),
    spacing: triples(fc.constantFrom(0.5, 0.7, 1, 1.5, 3)),
  })
  .chain(({ size, spacing }) => {
    const length = size[0] * size[1] * size[2];
    return fc
      .uint8Array({ min: 0, max: 3, minLength: length, maxLength: length })
      .map((data) => ({ size, spacing, data }));
  });

export function triples(element: fc.Arbitrary<number>): fc.Arbitrary<Triple> {
  return fc.tuple(element, element, element);
}

export const rules: fc.Arbitrary<EditRules> = fc.record({
  value: fc.integer({ min: 1, max: 3 }),
  locked: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }).map((l) => new Set(l)),
  overwrite: fc.constantFrom('unlocked', 'empty'),
});

/** Rules whose label is not locked. */
export const openRules = rules.filter(({ value, locked }) => !locked.has(value));

/** A plane of a volume. */
export function planesOf({ size }: LabelVolume): fc.Arbitrary<Plane> {
  return fc
    .constantFrom<Plane['axis']>(0, 1, 2)
    .chain((axis) =>
      fc.record({ axis: fc.constant(axis), index: fc.integer({ min: 0, max: size[axis] - 1 }) }),
    );
}

/** Every voxel position, in the order of memory. */
export function positionsOf([nx, ny, nz]: Triple): Triple[] {
  const voxels: Triple[] = [];
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) voxels.push([i, j, k]);
  return voxels;
}

export function extentsOf(volume: LabelVolume): fc.Arbitrary<Extent> {
  return fc.oneof(fc.constant<Extent>('volume'), planesOf(volume));
}

export function isIn(extent: Extent, position: Triple): boolean {
  return extent === 'volume' || position[extent.axis] === extent.index;
}

/** The labels after an edit of a volume, which stays as it is. */
export function labelsAfter(volume: LabelVolume, edit: Edit): number[] {
  const copy = { ...volume, data: volume.data.slice() };
  applyEdit(copy, edit);
  return [...copy.data];
}
