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
    throw new RangeError(
      `attention: ${show(q.shape)}, ${show(k.shape)}, ${show(v.shape)} do not make ${heads} heads`,
    );
  }
  // The fused operator broadcasts its bias over batch and heads, not over queries.
  const fullBias = bias && bias.shape[2] !== q.shape[1] ? add(bias, columnOfZeros(q)) : bias;
  return op('MultiHeadAttention', [q, k, v, null, null, ...(fullBias ? [fullBias] : [])], q.shape, {
    domain: 'com.microsoft',
    attributes: { num_heads: heads },
    decompose: ([q2, k2, v2, , , bias2]) => plainAttention(q2!, k2!, v2!, heads, bias2 ?? null),
    vjp: (g, wanted) => attentionGradient(q, k, v, heads, bias, g, wanted),
  });
}

/** [B, N, H·d] → [B, H, N, d] */
function split(x: Tensor, heads: number): Tensor {
  const d = (x.shape[2] as number) / heads;
  return transpose(reshape(x, [x.shape[0]!, x.shape[1]!, heads, d]), [0, 2, 1, 3]);
}

/** [B, H, N, d] → [B, N, H·d] */
function join(x: Tensor): Tensor {
  const [batch, heads, n, d] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch!, n!, (heads as number) * (d as number)]);
}

/** softmax(Q Kᵀ/√d + bias), [B, H, N, M], of split queries and keys. */
function attentionWeights(q: Tensor, k: Tensor, bias: Tensor | null): Tensor {
  const scores = scale(matmul(q, swapLast(k)), 1 / Math.sqrt(q.shape[3] as number));
  return softmax(bias ? add(scores, bias) : scores);
}

function plainAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  bias: Tensor | null,
): Tensor {
  const weights = attentionWeights(split(q, heads), split(k, heads), bias);
  return join(matmul(weights, split(v, heads)));
}

function attentionGradient(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  bias: Tensor | null,
  grad: Tensor,
  wanted: readonly boolean[],
): (Tensor | null)[] {
  const [qh, kh, vh, g] = [q, k, v, grad].map((x) => split(x, heads)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const weights = attentionWeights(qh, kh, bias);
  const gv = matmul(g, swapLast(vh));
  const ds = mul(weights, sub(gv, sum(mul(weights, gv), [-1], true)));
  const scaled = scale(ds, 1 / Math.sqrt(qh.shape[3] as number));
  return [
    wanted[0] ? join(matmul(scaled, kh)) : null,
    wanted[1] ? join(matmul(swapLast(scaled), qh)) : null,
    wanted[2] ? join(matmul(swapLast(weights), g)) : null,
    null,
    null,
    null,
  ];
}

/** [B, N, 1] of q's batch and length as [B, 1, N, 1]: zeros that carry a shape known at run time only. */
function columnOfZeros(q: Tensor): Tensor {
  const [batch, n] = q.shape;
  if (typeof n === 'number') return constant(new Float32Array(n), [1, 1, n, 1]);
  return reshape(scale(slice(q, 2, 0, 1), 0), [batch!, 1, n!, 1]);
}
