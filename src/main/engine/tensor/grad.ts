import { parents, scalar, show, sizeOf, type Tensor } from './core.ts';
import { addAll, expand, reshape } from './primitives.ts';

/** Tensors from which `outputs` are computed, inputs before what uses them. */
export function topological(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // Depth first with an explicit stack: a network is deeper than the call stack should be.
  const stack = outputs.map((tensor) => ({ tensor, expanded: false })).reverse();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.expanded) {
      order.push(top.tensor);
      continue;
    }
    if (seen.has(top.tensor)) continue;
    seen.add(top.tensor);
    stack.push({ tensor: top.tensor, expanded: true });
    for (const parent of parents(top.tensor)) {
      if (parent !== null && !seen.has(parent)) stack.push({ tensor: parent, expanded: false });
    }
  }
  return order;
}

/**
 * Reverse-mode differentiation: d loss / d each tensor of `wrt`, as further nodes of the graph.
 * `loss` is a scalar. A tensor that loss does not depend on gets zeros.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1) {
    throw new RangeError(`grad: the loss must be a scalar, not ${show(loss.shape)}`);
  }
  const order = topological([loss]);
  const targets = new Set(wrt);
  // Only tensors that lead back to one of `wrt` need a gradient.
  const needed = new Set<Tensor>();
  for (const t of order) {
    if (targets.has(t) || parents(t).some((p) => p !== null && needed.has(p) && t.vjp !== null)) {
      needed.add(t);
    }
  }
  const terms = new Map<Tensor, Tensor[]>([[loss, [reshape(scalar(1), loss.shape)]]]);
  const result = new Map<Tensor, Tensor>();
  for (const t of order.reverse()) {
    const incoming = terms.get(t);
    if (incoming === undefined || !needed.has(t)) continue;
    const g = addAll(incoming);
    result.set(t, g);
    terms.delete(t);
    const inputs = parents(t);
    const wanted = inputs.map((p) => p !== null && needed.has(p));
    if (t.vjp === null || !wanted.includes(true)) continue;
    const grads = t.vjp(g, wanted);
    inputs.forEach((parent, i) => {
      const dg = grads[i];
      if (parent === null || !wanted[i] || dg === null || dg === undefined) return;
      const list = terms.get(parent);
      if (list) list.push(dg);
      else terms.set(parent, [dg]);
    });
  }
  return wrt.map((t) => result.get(t) ?? expand(scalar(0), t.shape));
}
