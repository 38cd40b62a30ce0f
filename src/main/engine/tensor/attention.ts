import { constant, op, show, staticDim, type Tensor } from './core.ts';
import { matmul } from './matmul.ts';
import { softmax } from './nn.ts';
import { add, mul, reshape, scale, slice, sub, sum, swapLast, transpose } from './primitives.ts';

/**
 * Scaled dot-product attention with `heads` heads: q [B, N, D], k and v [B, M, D] → [B, N, D];
 * `bias` [B, 1, N or 1, M] is added to the scores. One fused operator forward; the gradient recomputes
 * the attention weights A: dV = Aᵀg, dS = A·(gVᵀ − Σ A·gVᵀ), dQ = dS·K/√d, dK = dSᵀ·Q/√d.
 */
export function multiHeadAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  bias: Tensor | null = null,
): Tensor {
  const width = staticDim(q.shape.at(-1), q.shape);
  if (width % heads !== 0 || k.shape[1] !== v.shape[1] || k.shape.at(-1) !== width) {
    throw new Error(
      `attention: ${show(q.shape)}, ${show(k.shape)}, ${show(v.shape)} do not make ${heads} heads`,
    );
  }
  const d = width / heads;
  const factor = 1 / Math.sqrt(d);
  /** [B, N, H·d] → [B, H, N, d] */
  const split = (x: Tensor): Tensor =>
    transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, d]), [0, 2, 1, 3]);
  const join = (x: Tensor, like: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), like.shape);

  // The fused operator broadcasts its bias over batch and heads, not over queries.
  const fullBias = bias && bias.shape[2] !== q.shape[1] ? add(bias, columnOfZeros(q)) : bias;
  return op('MultiHeadAttention', [q, k, v, null, null, ...(fullBias ? [fullBias] : [])], q.shape, {
    domain: 'com.microsoft',
    attributes: { num_heads: heads },
    vjp: (grad, wanted) => {
      const [qh, kh, vh, gh] = [split(q), split(k), split(v), split(grad)];
      const scores = scale(matmul(qh, swapLast(kh)), factor);
      const weights = softmax(bias ? add(scores, bias) : scores);
      const gv = matmul(gh, swapLast(vh));
      const ds = scale(mul(weights, sub(gv, sum(mul(weights, gv), [-1], true))), factor);
      return [
        wanted[0] ? join(matmul(ds, kh), q) : null,
        wanted[1] ? join(matmul(swapLast(ds), qh), k) : null,
        wanted[2] ? join(matmul(swapLast(weights), gh), v) : null,
        null,
        null,
        ...(bias ? [null] : []),
      ];
    },
  });
}

/** [B, N, 1] of q's batch and length as [B, 1, N, 1]: zeros that carry a shape known at run time only. */
function columnOfZeros(q: Tensor): Tensor {
  const [batch, n] = q.shape;
  if (typeof n === 'number') return constant(new Float32Array(n), [1, 1, n, 1]);
  return reshape(scale(slice(q, 2, 0, 1), 0), [batch!, 1, n!, 1]);
}
