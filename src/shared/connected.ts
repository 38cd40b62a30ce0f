import type { Triple } from './volume.ts';

/** What counts as touching: 4 and 8 neighbours of a pixel in a plane, 6 and 26 in a volume. */
export type Neighbours = 'faces' | 'corners';

/**
 * Connected components, one at a time: the function that is returned takes the component of a
 * marked point out of `todo` and gives the indices of its points, nearest first. The array it gives
 * is valid until the next call. Linear in the points of the component.
 * @param todo non-zero = marked, i fastest; cleared as components are taken.
 * @param size [nx, ny, nz]; a plane has one layer.
 */
export function componentTaker(
  todo: Uint8Array,
  size: Triple,
  neighbours: Neighbours,
): (seed: number) => Int32Array {
  const [nx, ny, nz] = size;
  const layer = nx * ny;
  let queue = new Int32Array(256);
  let count = 0;

  function take(at: number): void {
    if (todo[at] === 0) return;
    todo[at] = 0;
    if (count === queue.length) {
      const longer = new Int32Array(2 * count);
      longer.set(queue);
      queue = longer;
    }
    queue[count++] = at;
  }

  function takeFaces(at: number, x: number, y: number, z: number): void {
    if (x > 0) take(at - 1);
    if (x + 1 < nx) take(at + 1);
    if (y > 0) take(at - nx);
    if (y + 1 < ny) take(at + nx);
    if (z > 0) take(at - layer);
    if (z + 1 < nz) take(at + layer);
  }

  function takeCorners(_at: number, x: number, y: number, z: number): void {
    for (let w = Math.max(0, z - 1); w <= Math.min(nz - 1, z + 1); w++) {
      for (let v = Math.max(0, y - 1); v <= Math.min(ny - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(nx - 1, x + 1); u++) {
          take(u + v * nx + w * layer);
        }
      }
    }
  }

  const takeAround = neighbours === 'faces' ? takeFaces : takeCorners;
  return (seed) => {
    count = 0;
    take(seed);
    for (let head = 0; head < count; head++) {
      const at = queue[head]!;
      const x = at % nx;
      const row = (at - x) / nx;
      const y = row % ny;
      takeAround(at, x, y, (row - y) / ny);
    }
    return queue.subarray(0, count);
  };
}
