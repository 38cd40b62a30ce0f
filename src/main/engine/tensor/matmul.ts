import { op, show, staticDim, type Shape, type Tensor } from './core.ts';
import {
  add,
  broadcastShape,
  flattenLeading,
  sum,
  sumTo,
  swapLast,
  unflatten,
} from './primitives.ts';

/** Matrix product over the last two axes, leading ones broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [k, k2] = [a.shape.at(-1), b.shape.at(-2)];
  if (a.shape.length < 2 || b.shape.length < 2 || k !== k2) {
    throw new RangeError(`matmul: ${show(a.shape)} and ${show(b.shape)} do not multiply`);
  }
  const lead = broadcastShape('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return op('MatMul', [a, b], [...lead, a.shape.at(-2)!, b.shape.at(-1)!], {
    vjp: (g, wanted) => [
      wanted[0] ? sumTo(matmul(g, swapLast(b)), a.shape) : null,
      wanted[1] ? sumTo(matmul(swapLast(a), g), b.shape) : null,
    ],
  });
}

interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly bias?: Tensor;
}

const flipped = (shape: Shape, flip: boolean): Shape => (flip ? [shape[1]!, shape[0]!] : shape);

/** op(A)·op(B) + bias for matrices, op being the transpose where asked for; bias [columns]. */
export function gemm(a: Tensor, b: Tensor, options: GemmOptions = {}): Tensor {
  const { transA = false, transB = false, bias } = options;
  const [m, k] = flipped(a.shape, transA);
  const [k2, n] = flipped(b.shape, transB);
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2) {
    throw new RangeError(
      `gemm: ${show(a.shape)}${transA ? 'ᵀ' : ''} and ${show(b.shape)}${transB ? 'ᵀ' : ''} do not multiply`,
    );
  }
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== n)) {
    throw new RangeError(
      `gemm: a bias of shape ${show(bias.shape)} does not fit ${String(n)} columns`,
    );
  }
  return op('Gemm', bias ? [a, b, bias] : [a, b], [m!, n!], {
    attributes: { transA: transA ? 1 : 0, transB: transB ? 1 : 0 },
    vjp: (g, wanted) => [
      wanted[0]
        ? transA
          ? gemm(b, g, { transA: transB, transB: true })
          : gemm(g, b, { transB: !transB })
        : null,
      wanted[1]
        ? transB
          ? gemm(g, a, { transA: true, transB: transA })
          : gemm(a, g, { transA: !transA })
        : null,
      ...(bias ? [wanted[2] ? sum(g, [0]) : null] : []),
    ],
  });
}

/** y = x Wᵀ + b over the last axis; weight [out, in] as PyTorch stores it, bias [out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const width = staticDim(x.shape.at(-1), x.shape);
  if (weight.shape.length !== 2 || weight.shape[1] !== width) {
    throw new RangeError(
      `linear: weight ${show(weight.shape)} does not fit input ${show(x.shape)}`,
    );
  }
  const lead = x.shape.slice(0, -1);
  if (lead.filter((d) => typeof d === 'string').length > 1) {
    // What is folded here could not be unfolded again: one size too many is known at run time only.
    const product = matmul(x, swapLast(weight));
    return bias ? add(product, bias) : product;
  }
  const y = gemm(flattenLeading(x), weight, { transB: true, ...(bias ? { bias } : {}) });
  return unflatten(y, lead);
}
