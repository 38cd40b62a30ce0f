import { planeBox, type Box, type Plane } from '../../shared/edit/index.ts';
import type { Triple } from '../../shared/volume.ts';
import { createLayer, type Layer } from './layer.ts';

/** A map of bytes (0 … 255 for 0 … 1 of its scale) that arrives slice by slice; 0 where none has. */
export interface MapLayer {
  readonly layer: Layer;
  /**
   * @param values [rows, columns] of a slice along the third axis; null: it has none any more.
   * @returns the voxels that change, undefined where nothing does: the array is there already.
   * @throws RangeError where they do not fill the slice.
   */
  set(slice: number, values: Uint8Array | null): Box | undefined;
  /** Whether there is anything to be seen in a plane. */
  has(plane: Plane): boolean;
  /** The byte at a voxel, undefined where there is no map. */
  valueAt(voxel: Triple): number | undefined;
}

export function createMapLayer(size: Triple): MapLayer {
  const [columns, rows] = size;
  const held = new Map<number, Uint8Array>();
  const layer = createLayer(size, new Uint8Array(), (slice) => {
    const values = held.get(slice);
    return values && { values, at: 0 };
  });
  return {
    layer,
    set(slice, values) {
      if (values !== null && values.length !== columns * rows) {
        throw new RangeError(
          `A map of ${values.length} pixels is no slice of ${columns} × ${rows}.`,
        );
      }
      if ((held.get(slice) ?? null) === values) return undefined;
      if (values !== null) held.set(slice, values);
      else held.delete(slice);
      const box = planeBox({ size }, { axis: 2, index: slice });
      layer.outdated(box);
      return box;
    },
    has: ({ axis, index }) => (axis === 2 ? held.has(index) : held.size > 0),
    valueAt: ([i, j, k]) => held.get(k)?.[i + columns * j],
  };
}
