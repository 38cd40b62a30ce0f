import type { Node, Tensor } from './core.ts';
import { topological } from './grad.ts';

/**
 * The same outputs with every operator named in `ops` replaced by the plain ones it is made of:
 * for a provider that lacks the fused operator, or computes it wrongly.
 */
export function lower(
  outputs: Readonly<Record<string, Tensor>>,
  ops: ReadonlySet<string>,
): Record<string, Tensor> {
  const replaced = new Map<Tensor, Tensor>();
  const nodes = new Map<Node, Node>();
  const now = (t: Tensor): Tensor => replaced.get(t) ?? t;
  for (const t of topological(Object.values(outputs))) {
    if (t.source.kind !== 'node') continue;
    const { node, index } = t.source;
    const inputs = node.inputs.map((i) => (i === null ? null : now(i)));
    if (node.decompose && ops.has(node.op)) {
      replaced.set(t, node.decompose(inputs));
    } else if (inputs.some((input, i) => input !== node.inputs[i])) {
      const moved = nodes.get(node) ?? { ...node, inputs };
      nodes.set(node, moved);
      replaced.set(t, { ...t, source: { kind: 'node', node: moved, index } });
    }
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, now(t)]));
}
