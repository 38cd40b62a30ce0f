import type { Triple } from '../../shared/volume.ts';
import type { Folding } from './folding.ts';
import { createLayer, type Layer } from './layer.ts';

/** A map of bytes (0 … 255 for 0 … 1 of its scale) that arrives slice by slice; 0 where none has. */
export interface MapTexture {
  readonly layer: Layer;
  /**
   * @param values [rows, columns] of a slice along the third axis; null: it has none any more.
   * @throws RangeError where they do not fill the slice.
   */
  set(slice: number, values: Uint8Array | null): void;
  clear(): void;
  /** The byte at a voxel, undefined where there is no map. */
  valueAt(voxel: Triple): number | undefined;
}

export function createMapTexture(folding: Folding): MapTexture {
  const [columns, rows] = folding.size;
  const held = new Map<number, Uint8Array>();
  const none = new Uint8Array(columns * rows);
  const layer = createLayer(folding, none, (slice) => ({
    voxels: held.get(slice) ?? none,
    held: { from: [0, 0, slice], size: [columns, rows, 1] },
  }));
  return {
    layer,
    set(slice, values) {
      if (values !== null && values.length !== columns * rows) {
        throw new RangeError(
          `A map of ${values.length} pixels is no slice of ${columns} × ${rows}.`,
        );
      }
      if (values !== null) held.set(slice, values);
      else if (!held.delete(slice)) return;
      layer.outdated(slice, slice);
    },
    clear() {
      held.clear();
      layer.dispose();
    },
    valueAt: ([i, j, k]) => held.get(k)?.[i + columns * j],
  };
}
