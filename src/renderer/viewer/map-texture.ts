import type { Triple } from '../../shared/volume.ts';
import type { Folding } from './folding.ts';
import { createLayer, type Layer } from './layer.ts';
import { KNOWN_PER_ROW } from './shaders.ts';
import { createTable, type Table } from './table.ts';

/** A map of bytes (0 … 255 for 0 … 1 of its scale) that arrives slice by slice. */
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
  /** Which slices have reached the device, as the shader looks it up. */
  known(gl: WebGL2RenderingContext): WebGLTexture;
  forgotten(): void;
  dispose(): void;
}

export function createMapTexture(folding: Folding): MapTexture {
  const [columns, rows, slices] = folding.size;
  const held = new Map<number, Uint8Array>();
  const width = Math.min(slices, KNOWN_PER_ROW);
  const height = Math.ceil(slices / width);
  const flags = new Uint8Array(width * height);
  let table: Table | undefined;
  /** Flags change here at once, and on the device before the next picture. */
  let isStale = true;
  const setFlag = (slice: number, flag: 0 | 1): void => {
    isStale ||= flags[slice] !== flag;
    flags[slice] = flag;
  };
  const layer = createLayer(
    folding,
    new Uint8Array(0),
    (slice) => {
      const voxels = held.get(slice);
      return voxels && { voxels, held: { from: [0, 0, slice], size: [columns, rows, 1] } };
    },
    (slice) => setFlag(slice, 1),
  );
  return {
    layer,
    set(slice, values) {
      if (values === null) {
        held.delete(slice);
        setFlag(slice, 0);
        return;
      }
      if (values.length !== columns * rows) {
        throw new RangeError(
          `A map of ${values.length} pixels is no slice of ${columns} × ${rows}.`,
        );
      }
      held.set(slice, values);
      layer.outdated(slice, slice);
    },
    clear() {
      held.clear();
      flags.fill(0);
      isStale = true;
    },
    valueAt: ([i, j, k]) => held.get(k)?.[i + columns * j],
    known(gl) {
      table ??= createTable(gl, 'bytes', width, height);
      if (isStale) table.set(flags);
      isStale = false;
      return table.texture;
    },
    forgotten() {
      table = undefined;
      flags.fill(0);
      isStale = true;
      layer.forgotten();
    },
    dispose() {
      table?.dispose();
      table = undefined;
      layer.dispose();
    },
  };
}
