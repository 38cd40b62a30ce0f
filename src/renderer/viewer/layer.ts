import type { Box, Plane } from '../../shared/edit/index.ts';
import type { Triple } from '../../shared/volume.ts';
import type { PixelArray } from './viewed-image.ts';
import { cutPart, joinParts, partOf, wholePlane, type Part, type SliceSource } from './cut.ts';
import { texelPart, texelsOf, type Steps } from './thinning.ts';
import { createSliceTexture, type SliceTexture } from './slice-texture.ts';

/**
 * Voxels in memory, and on the device the planes of them that are looked at: each viewport has a
 * texture of its own, which is cut anew when it shows another plane, and in part when voxels change.
 */
export interface Layer {
  /** An array of the voxels' type. */
  readonly like: PixelArray;
  /** Voxels changed: in a box, or anywhere. */
  outdated(box?: Box): void;
  /** The texture of a plane as it is now. @param owner who looks at it. */
  show(gl: WebGL2RenderingContext, owner: object, plane: Plane): WebGLTexture;
  /** Somebody does not look any more. */
  leave(owner: object): void;
  /** The device has lost everything. */
  forget(): void;
  dispose(): void;
}

interface Shown {
  readonly texture: SliceTexture;
  readonly plane: Plane;
  /** What of it is out of date, in texels. */
  stale: Part | undefined;
}

/** @param steps between the voxels along each axis that are on the device. */
export function createLayer(
  size: Triple,
  steps: Steps,
  like: PixelArray,
  source: SliceSource,
): Layer {
  const texels = texelsOf(size, steps);
  const shown = new Map<object, Shown>();
  /** Of one upload to the next. */
  let scratch = like.slice(0, 0);

  function roomFor(length: number): PixelArray {
    if (scratch.length < length) scratch = new (like.constructor as Int16ArrayConstructor)(length);
    return scratch.subarray(0, length);
  }

  return {
    like,
    outdated(box) {
      for (const one of shown.values()) {
        const voxels = box ? partOf(one.plane, box) : wholePlane(size, one.plane);
        const part = voxels && texelPart(voxels, one.plane, steps);
        if (part && part.width > 0 && part.height > 0)
          one.stale = one.stale ? joinParts(one.stale, part) : part;
      }
    },
    show(gl, owner, plane) {
      const before = shown.get(owner);
      const whole = wholePlane(texels, plane);
      const fits = before?.plane.axis === plane.axis;
      if (!fits) before?.texture.dispose();
      const isSame = fits && before.plane.index === plane.index;
      const texture = fits
        ? before.texture
        : createSliceTexture(gl, whole.width, whole.height, like);
      const stale = isSame ? before.stale : whole;
      if (stale) {
        const values = roomFor(stale.width * stale.height);
        cutPart(source, size, plane, stale, values, steps);
        texture.upload(values, stale);
      }
      shown.set(owner, { texture, plane, stale: undefined });
      return texture.texture;
    },
    leave(owner) {
      shown.get(owner)?.texture.dispose();
      shown.delete(owner);
    },
    forget: () => shown.clear(),
    dispose() {
      for (const { texture } of shown.values()) texture.dispose();
      shown.clear();
    },
  };
}
