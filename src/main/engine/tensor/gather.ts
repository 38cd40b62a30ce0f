import { axisOf, constant, op, sizeOf, staticDim, type Tensor } from './core.ts';
import { matmul } from './matmul.ts';
import { reshape, swapLast } from './primitives.ts';

/**
 * Rows of a table [V, D] at int64 `indices` [...]: [..., D]. The gradient is a product with the
 * one-hot matrix, so that no scatter operator is needed on any device.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  const tail = table.shape.slice(1);
  return op('Gather', [table, indices], [...indices.shape, ...tail], {
    vjp: (g) => {
      const vocab = staticDim(table.shape[0], table.shape);
      const count = sizeOf(indices.shape);
      const oneHot = op(
        'OneHot',
        [
          reshape(indices, [count]),
          constant(BigInt64Array.of(BigInt(vocab)), [1]),
          constant(Float32Array.of(0, 1), [2]),
        ],
        [count, vocab],
        { attributes: { axis: -1 }, dtype: 'float32' },
      );
      const rows = reshape(g, [count, sizeOf(tail)]);
      return [reshape(matmul(swapLast(oneHot), rows), table.shape), null];
    },
    dtype: table.dtype,
  });
}

/**
 * The first elements along an axis, as many as the int64 tensor `count` [1] says at run time; the
 * new size goes by the name `size`. For inference: no gradient flows through it.
 */
export function take(x: Tensor, axis: number, count: Tensor, size: string): Tensor {
  const at = axisOf(axis, x.shape.length);
  const int64 = (value: number): Tensor => constant(BigInt64Array.of(BigInt(value)), [1]);
  const shape = x.shape.map((d, i) => (i === at ? size : d));
  return op('Slice', [x, int64(0), count, int64(at)], shape);
}
