import type { Triple } from '../volume.ts';

/**
 * Squared Euclidean distance (mm²) of every point of a grid to the nearest source point, exact for
 * any spacing: one pass an axis, each a lower envelope of parabolas (Felzenszwalb and Huttenlocher,
 * "Distance transforms of sampled functions", Theory of Computing 8, 2012). Linear in the points.
 * @param sources non-zero at source points, i fastest; with none, every distance is infinite.
 * @param spacing mm between neighbours along each axis.
 */
export function squaredDistances(
  sources: ArrayLike<number>,
  size: Triple,
  spacing: Triple,
): Float64Array {
  const distances = new Float64Array(sources.length);
  for (let n = 0; n < distances.length; n++) distances[n] = sources[n] ? 0 : Infinity;
  const strides: Triple = [1, size[0], size[0] * size[1]];
  for (const axis of [0, 1, 2] as const) {
    const line = lineTransform(size[axis], spacing[axis]);
    const [u, v] =
      axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
    for (let b = 0; b < size[v]; b++) {
      for (let a = 0; a < size[u]; a++) {
        line(distances, a * strides[u] + b * strides[v], strides[axis]);
      }
    }
  }
  return distances;
}

/**
 * The transform of one line of `length` points in place: f(q) becomes min over p of
 * (s·(q − p))² + f(p). Buffers are shared by all lines of an axis.
 */
function lineTransform(
  length: number,
  s: number,
): (values: Float64Array, start: number, stride: number) => void {
  const f = new Float64Array(length);
  // Parabolas of the lower envelope: their vertices, and where each begins to be the lowest.
  const vertex = new Int32Array(length);
  const from = new Float64Array(length + 1);
  return (values, start, stride) => {
    let last = -1;
    for (let q = 0; q < length; q++) {
      f[q] = values[start + q * stride]!;
      if (f[q] === Infinity) continue;
      let crossing = -Infinity;
      while (last >= 0) {
        const p = vertex[last]!;
        crossing = (f[q]! - f[p]!) / (2 * s * s * (q - p)) + (q + p) / 2;
        if (crossing > from[last]!) break;
        last--;
      }
      last++;
      vertex[last] = q;
      from[last] = last === 0 ? -Infinity : crossing;
    }
    if (last < 0) return;
    from[last + 1] = Infinity;
    for (let q = 0, n = 0; q < length; q++) {
      while (from[n + 1]! < q) n++;
      const d = (q - vertex[n]!) * s;
      values[start + q * stride] = d * d + f[vertex[n]!]!;
    }
  };
}
