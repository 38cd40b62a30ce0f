import { planeBox, type Box, type Plane } from '../../shared/edit/index.ts';
import type { LabelRuns } from '../../shared/labelmap/label-runs.ts';
import type { Triple } from '../../shared/volume.ts';
import { readVoxels, type SliceVoxels } from './cut.ts';
import { createLayer, type Layer } from './layer.ts';
import type { Steps } from './thinning.ts';

/** A map of a slice, one byte for each of [rows, columns]; as runs where most of it is alike. */
export type SliceMap = Uint8Array | LabelRuns;

/** As it is cut. */
export const voxelsOf = (map: SliceMap): SliceVoxels =>
  'starts' in map ? map : { values: map, at: 0 };

/** A map of bytes (0 … 255 for 0 … 1 of its scale) that arrives slice by slice; 0 where none has. */
export interface MapLayer {
  readonly layer: Layer;
  /**
   * @param map of a slice along the third axis; null: it has none any more.
   * @returns the voxels that change, undefined where nothing does: the map is there already.
   * @throws RangeError where it does not fill the slice.
   */
  set(slice: number, map: SliceMap | null): Box | undefined;
  /** Whether there is anything to be seen in a plane. */
  has(plane: Plane): boolean;
  /** The byte at a voxel, undefined where there is no map. */
  valueAt(voxel: Triple): number | undefined;
}

export function createMapLayer(size: Triple, steps: Steps): MapLayer {
  const [columns, rows] = size;
  const held = new Map<number, SliceMap>();
  const voxels = (slice: number): SliceVoxels | undefined => {
    const map = held.get(slice);
    return map && voxelsOf(map);
  };
  const layer = createLayer(size, steps, new Uint8Array(), voxels);
  return {
    layer,
    set(slice, map) {
      if (map !== null && map.length !== columns * rows) {
        throw new RangeError(`A map of ${map.length} pixels is no slice of ${columns} × ${rows}.`);
      }
      if ((held.get(slice) ?? null) === map) return undefined;
      if (map !== null) held.set(slice, map);
      else held.delete(slice);
      const box = planeBox({ size }, { axis: 2, index: slice });
      layer.outdated(box);
      return box;
    },
    has: ({ axis, index }) => (axis === 2 ? held.has(index) : held.size > 0),
    valueAt: ([i, j, k]) => byteAt(held.get(k), i + columns * j),
  };
}

/** The byte of a pixel, undefined where there is no map. */
export function byteAt(map: SliceMap | null | undefined, pixel: number): number | undefined {
  if (!map) return undefined;
  const byte = new Uint8Array(1);
  readVoxels(voxelsOf(map), pixel, 1, byte);
  return byte[0];
}
