import { constant, show, staticDim, type Tensor } from './core.ts';
import { matmul } from './matmul.ts';
import { swapLast } from './primitives.ts';

/**
 * Weights of linear interpolation from `from` to `to` samples, [to, from]: half-pixel centres,
 * edges clamped (torch `align_corners=False`).
 */
export function interpolationMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(position), from - 1);
    const high = Math.min(low + 1, from - 1);
    const t = position - low;
    matrix[i * from + low]! += 1 - t;
    matrix[i * from + high]! += t;
  }
  return matrix;
}

/** Bilinear resize of the last two axes: R_h · x · R_wᵀ, since interpolation is linear. */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  if (x.shape.length < 2) throw new RangeError(`resizeBilinear: ${show(x.shape)} has no two axes`);
  const h = staticDim(x.shape.at(-2), x.shape);
  const w = staticDim(x.shape.at(-1), x.shape);
  const rows = constant(interpolationMatrix(h, height), [height, h]);
  const columns = constant(interpolationMatrix(w, width), [width, w]);
  return matmul(matmul(rows, x), swapLast(columns));
}
