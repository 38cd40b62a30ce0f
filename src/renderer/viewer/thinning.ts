import type { Triple } from '../../shared/volume.ts';
import { axesOf, type Box, type Plane } from '../../shared/edit/label-volume.ts';
import type { Part } from './cut.ts';
import type { Picture } from './picture.ts';

/**
 * A texture has a greatest length. Of an axis that is longer, every second, third … voxel is on the
 * device: texel t shows voxel t · step. Voxels in memory, and what is painted, stay as they are.
 */
export type Steps = Triple;

/** The smallest steps with which `size` voxels fit into textures of `limit` texels an axis. */
export const stepsFor = (size: Triple, limit: number): Steps =>
  perAxis((axis) => Math.max(1, Math.ceil(size[axis] / limit)));

/** Texels along each axis. */
export const texelsOf = (size: Triple, steps: Steps): Triple =>
  perAxis((axis) => Math.ceil(size[axis] / steps[axis]));

/** The texels that show a part of a plane, which is given in voxels. */
export function texelPart({ u, v, width, height }: Part, { axis }: Plane, steps: Steps): Part {
  const [across, down] = axesOf(axis).map((n) => steps[n]) as [number, number];
  const [fromU, fromV] = [Math.ceil(u / across), Math.ceil(v / down)];
  return {
    u: fromU,
    v: fromV,
    width: Math.ceil((u + width) / across) - fromU,
    height: Math.ceil((v + height) / down) - fromV,
  };
}

/** A picture whose positions are texels in place of voxels. */
export const inTexels = (picture: Picture, steps: Steps): Picture => ({
  ...picture,
  origin: over(picture.origin, steps),
  perX: over(picture.perX, steps),
  perY: over(picture.perY, steps),
});

/** The voxels that may be drawn by the texels of a box: its own, and those between it and the next. */
export function drawnAround({ from, size }: Box, steps: Steps): Box {
  return {
    from: perAxis((axis) => from[axis] - (steps[axis] - 1)),
    size: perAxis((axis) => size[axis] + 2 * (steps[axis] - 1)),
  };
}

const perAxis = (value: (axis: 0 | 1 | 2) => number): Triple => [value(0), value(1), value(2)];

const over = (a: Triple, steps: Steps): Triple => perAxis((axis) => a[axis] / steps[axis]);
