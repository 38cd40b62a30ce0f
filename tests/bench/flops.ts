import { parents, type Dim, type Tensor } from '../../src/main/engine/tensor/core.ts';
import { topological } from '../../src/main/engine/tensor/grad.ts';

/**
 * Floating-point operations of the products in a graph (a multiplication and an addition count as
 * two); elementwise work is not counted. `sizes` gives every symbolic size its value.
 */
export function countFlops(
  outputs: readonly Tensor[],
  sizes: Readonly<Record<string, number>>,
): number {
  /** `197·batch` → 197 × the batch. */
  const value = (dim: Dim | undefined): number =>
    typeof dim === 'number'
      ? dim
      : (dim ?? '').split('·').reduce((n, part) => n * (sizes[part] ?? Number(part)), 1);
  const size = (t: Tensor): number => t.shape.reduce<number>((n, d) => n * value(d), 1);
  const constantOnly = new Map<Tensor, boolean>();
  let total = 0;
  for (const t of topological(outputs)) {
    const inputs = parents(t).filter((p) => p !== null);
    // What depends on constants only is computed once, when the graph is compiled.
    const folded =
      t.source.kind === 'node'
        ? inputs.every((p) => constantOnly.get(p))
        : t.source.kind !== 'input';
    constantOnly.set(t, folded);
    if (folded || t.source.kind !== 'node') continue;
    const { node } = t.source;
    const [a, b] = inputs;
    if (node.op === 'MatMul') total += 2 * size(t) * value(a!.shape.at(-1));
    else if (node.op === 'Gemm') {
      total += 2 * size(t) * value(a!.shape[node.attributes['transA'] === 1 ? 0 : 1]);
    } else if (node.op === 'MultiHeadAttention') total += 4 * size(t) * value(b!.shape[1]);
    else if (node.op === 'Conv') total += 2 * size(t) * value(b!.shape[2]) * value(b!.shape[3]);
  }
  return total;
}
