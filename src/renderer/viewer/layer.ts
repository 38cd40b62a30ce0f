import { planeBox, type Box } from '../../shared/edit/index.ts';
import type { VoxelArray } from '../../shared/volume.ts';
import type { Folding } from './folding.ts';
import { createSliceQueue } from './slice-queue.ts';
import { createVolumeTexture, type VolumeTexture } from './volume-texture.ts';

/** Where a layer finds the voxels of a slice, and of which box they are. */
export type VoxelSource = (slice: number) => { readonly voxels: VoxelArray; readonly held?: Box };

/**
 * Voxels in memory and their copy on the device, which comes slice by slice and is made anew when
 * the device forgets.
 */
export interface Layer {
  /** Undefined until the first slice is there. */
  readonly texture: VolumeTexture | undefined;
  readonly waiting: number;
  /** Slices whose copy is out of date, both included. */
  outdated(first: number, last: number): void;
  /** Uploads the outdated slice that is nearest. @returns which it was. */
  uploadNext(gl: WebGL2RenderingContext, focus: number): number | undefined;
  /** Uploads a box at once. */
  upload(gl: WebGL2RenderingContext, box: Box): void;
  /** The device has lost everything. */
  forgotten(): void;
  /** Lets go of the texture, and of what was known of slices. */
  dispose(): void;
}

/** @param like an array of the voxels' type. */
export function createLayer(folding: Folding, like: VoxelArray, source: VoxelSource): Layer {
  const slices = folding.size[2];
  const queue = createSliceQueue(slices);
  /** Slices that have ever been uploaded, or were to be: those to bring back. */
  const known = new Uint8Array(slices);
  let texture: VolumeTexture | undefined;

  function textureOn(gl: WebGL2RenderingContext): VolumeTexture {
    try {
      return (texture ??= createVolumeTexture(gl, folding, like));
    } catch (error) {
      // It would fail for every other slice too: told once.
      queue.clear();
      throw error;
    }
  }

  return {
    get texture() {
      return texture;
    },
    get waiting() {
      return queue.waiting;
    },
    outdated(first, last) {
      queue.add(first, last);
      known.fill(1, Math.max(0, first), last + 1);
    },
    uploadNext(gl, focus) {
      const slice = queue.take(focus);
      if (slice === undefined) return undefined;
      const { voxels, held } = source(slice);
      textureOn(gl).upload(voxels, planeBox(folding, { axis: 2, index: slice }), held);
      return slice;
    },
    upload(gl, box) {
      const { voxels, held } = source(box.from[2]);
      textureOn(gl).upload(voxels, box, held);
    },
    forgotten() {
      texture = undefined;
      known.forEach((wasKnown, slice) => {
        if (wasKnown) queue.add(slice, slice);
      });
    },
    dispose() {
      texture?.dispose();
      texture = undefined;
      queue.clear();
      known.fill(0);
    },
  };
}
