import type { Box } from '../../shared/edit/index.ts';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Triple } from '../../shared/volume.ts';

/**
 * How a volume lies in one 3-D texture. A texture is bounded along each axis, so a longer volume is
 * cut into bricks that are laid side by side: nothing is left out and nothing is made coarser.
 * Voxel p lies in brick b = ⌊p / brick⌋; brick number n = b.x + count.x · (b.y + count.y · b.z) lies
 * at place (n mod grid.x, ⌊n / grid.x⌋ mod grid.y, …) of the texture. `fold` in shaders.ts is the
 * same.
 */
export interface Folding {
  readonly size: Triple;
  readonly brick: Triple;
  readonly count: Triple;
  readonly grid: Triple;
  /** Size of the texture in texels. */
  readonly texture: Triple;
}

/** A box of voxels that lies in one brick, and its first texel. */
export interface Piece extends Box {
  readonly at: Triple;
}

/**
 * @param limit MAX_3D_TEXTURE_SIZE of the device.
 * @throws MarginaliaError `volume-too-large`
 */
export function foldVolume(size: Triple, limit: number): Folding {
  const [x, y, z] = size.map((n) => {
    const brick = Math.ceil(n / Math.ceil(n / limit));
    return { brick, count: Math.ceil(n / brick), places: Math.floor(limit / brick) };
  }) as [Axis, Axis, Axis];
  const bricks = x.count * y.count * z.count;
  let best: Triple | undefined;
  for (let gx = 1; gx <= Math.min(bricks, x.places); gx++) {
    for (let gy = 1; gy <= Math.min(Math.ceil(bricks / gx), y.places); gy++) {
      const gz = Math.ceil(bricks / (gx * gy));
      const isLess = best === undefined || gx * gy * gz < best[0] * best[1] * best[2];
      if (gz <= z.places && isLess) best = [gx, gy, gz];
    }
  }
  if (best === undefined) {
    throw new MarginaliaError(
      'volume-too-large',
      `A volume of ${size.join(' × ')} voxels is too large for this graphics device: its textures ` +
        `have at most ${limit} voxels along an axis.`,
      'Open it on a computer with a larger graphics device, or crop or resample it first.',
    );
  }
  return {
    size,
    brick: [x.brick, y.brick, z.brick],
    count: [x.count, y.count, z.count],
    grid: best,
    texture: [x.brick * best[0], y.brick * best[1], z.brick * best[2]],
  };
}

interface Axis {
  readonly brick: number;
  readonly count: number;
  readonly places: number;
}

/** Whether the texture differs from the volume at all. */
export const isFolded = ({ count }: Folding): boolean => count.some((n) => n > 1);

/** A box, cut at the borders of bricks. */
export function piecesOf({ brick, count, grid }: Folding, { from, size }: Box): Piece[] {
  const pieces: Piece[] = [];
  const cuts = ([0, 1, 2] as const).map((axis) => {
    const found: { start: number; length: number; brick: number }[] = [];
    for (let start = from[axis]; start < from[axis] + size[axis];) {
      const n = Math.floor(start / brick[axis]);
      const end = Math.min(from[axis] + size[axis], (n + 1) * brick[axis]);
      found.push({ start, length: end - start, brick: n });
      start = end;
    }
    return found;
  });
  const [xs, ys, zs] = cuts as [(typeof cuts)[0], (typeof cuts)[0], (typeof cuts)[0]];
  for (const z of zs) {
    for (const y of ys) {
      for (const x of xs) {
        const n = x.brick + count[0] * (y.brick + count[1] * z.brick);
        const place = [n % grid[0], Math.floor(n / grid[0]) % grid[1], Math.floor(n / (grid[0] * grid[1]))] as const; // prettier-ignore
        const at = (axis: 0 | 1 | 2, start: number): number =>
          (start % brick[axis]) + place[axis] * brick[axis];
        pieces.push({
          from: [x.start, y.start, z.start],
          size: [x.length, y.length, z.length],
          at: [at(0, x.start), at(1, y.start), at(2, z.start)],
        });
      }
    }
  }
  return pieces;
}
