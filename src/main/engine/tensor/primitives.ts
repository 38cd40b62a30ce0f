/**
 * The primitive operators, each with its gradient rule beside it. They live in one file because
 * the rules need one another: the gradient of a broadcast is a sum, that of a sum a broadcast.
 */
import {
  axisOf,
  constant,
  op,
  sameShape,
  scalar,
  show,
  staticDim,
  type Dim,
  type Shape,
  type Tensor,
} from './core.ts';

const int64 = (values: readonly number[]): Tensor =>
  constant(BigInt64Array.from(values, BigInt), [values.length]);

/** Shape of an elementwise result under numpy's broadcasting. */
export function broadcastShape(name: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (s: Shape, i: number): Dim => s[i - (rank - s.length)] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const x = at(a, i);
    const y = at(b, i);
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new RangeError(`${name}: shapes ${show(a)} and ${show(b)} do not broadcast`);
  });
}

type BinaryGrad = (g: Tensor, a: Tensor, b: Tensor) => Tensor;

function binary(name: string, a: Tensor, b: Tensor, da: BinaryGrad, db: BinaryGrad): Tensor {
  if (a.dtype !== b.dtype) throw new RangeError(`${name}: ${a.dtype} and ${b.dtype} do not mix`);
  return op(name, [a, b], broadcastShape(name, a.shape, b.shape), {
    vjp: (g, wanted) => [
      wanted[0] ? sumTo(da(g, a, b), a.shape) : null,
      wanted[1] ? sumTo(db(g, a, b), b.shape) : null,
    ],
  });
}

export const add = (a: Tensor, b: Tensor): Tensor =>
  binary(
    'Add',
    a,
    b,
    (g) => g,
    (g) => g,
  );
export const sub = (a: Tensor, b: Tensor): Tensor =>
  binary(
    'Sub',
    a,
    b,
    (g) => g,
    (g) => neg(g),
  );
export const mul = (a: Tensor, b: Tensor): Tensor =>
  binary(
    'Mul',
    a,
    b,
    (g, _, y) => mul(g, y),
    (g, x) => mul(g, x),
  );
export const div = (a: Tensor, b: Tensor): Tensor =>
  binary(
    'Div',
    a,
    b,
    (g, _, y) => div(g, y),
    (g, x, y) => neg(div(mul(g, x), mul(y, y))),
  );

/** Scales by a number known now. */
export const scale = (x: Tensor, factor: number): Tensor => mul(x, scalar(factor));
/** Shifts by a number known now. */
export const shift = (x: Tensor, offset: number): Tensor => add(x, scalar(offset));

/** `derivative` gives dy/dx from x and y = f(x). */
function unary(name: string, x: Tensor, derivative: (x: Tensor, y: Tensor) => Tensor): Tensor {
  const y: Tensor = op(name, [x], x.shape, { vjp: (g) => [mul(g, derivative(x, y))] });
  return y;
}

export const neg = (x: Tensor): Tensor => op('Neg', [x], x.shape, { vjp: (g) => [neg(g)] });
export const exp = (x: Tensor): Tensor => unary('Exp', x, (_, y) => y);
export const log = (x: Tensor): Tensor => unary('Log', x, (z) => reciprocal(z));
export const reciprocal = (x: Tensor): Tensor => unary('Reciprocal', x, (_, y) => neg(mul(y, y)));
export const sqrt = (x: Tensor): Tensor => unary('Sqrt', x, (_, y) => scale(reciprocal(y), 0.5));
export const sigmoid = (x: Tensor): Tensor =>
  unary('Sigmoid', x, (_, y) => mul(y, shift(neg(y), 1)));
/** ln(1 + eˣ), without overflow: max(x, 0) + ln(1 + e^−|x|). */
export function softplus(x: Tensor): Tensor {
  return op('Softplus', [x], x.shape, {
    vjp: (g) => [mul(g, sigmoid(x))],
    decompose: ([z]) => add(relu(z!), log(shift(exp(neg(op('Abs', [z!], z!.shape))), 1))),
  });
}
/** max(x, 0), for what is never differentiated. */
const relu = (x: Tensor): Tensor => op('Relu', [x], x.shape);
/** erf′(x) = 2/√π · e^(−x²). */
export const erf = (x: Tensor): Tensor =>
  unary('Erf', x, (z) => scale(exp(neg(mul(z, z))), 2 / Math.sqrt(Math.PI)));

export const square = (x: Tensor): Tensor => mul(x, x);

/** The same values, through which no gradient flows. */
export function detach(x: Tensor): Tensor {
  return op('Identity', [x], x.shape);
}

/** float16 ↔ float32. */
export function cast(x: Tensor, dtype: 'float32' | 'float16'): Tensor {
  if (x.dtype === dtype) return x;
  const to = dtype === 'float32' ? 1 : 10;
  const back = x.dtype === 'float16' ? 'float16' : 'float32';
  return op('Cast', [x], x.shape, { attributes: { to }, dtype, vjp: (g) => [cast(g, back)] });
}

/** Adds all gradients of one tensor. */
export function addAll(terms: readonly Tensor[]): Tensor {
  const [first, ...rest] = terms;
  if (first === undefined) throw new RangeError('addAll: nothing to add');
  return rest.reduce((total, t) => {
    if (!sameShape(total.shape, t.shape)) {
      throw new RangeError(`gradients of shapes ${show(total.shape)} and ${show(t.shape)} meet`);
    }
    return add(total, t);
  }, first);
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
}

/** Sum over `axes` (default: all). */
export function sum(x: Tensor, axes?: readonly number[], keepDims = false): Tensor {
  const over = (axes ?? x.shape.map((_, i) => i)).map((a) => axisOf(a, x.shape.length));
  if (over.length === 0) return x;
  const kept = reducedShape(x.shape, over, true);
  return op('ReduceSum', [x, int64(over)], reducedShape(x.shape, over, keepDims), {
    attributes: { keepdims: keepDims ? 1 : 0 },
    vjp: (g) => [expand(keepDims ? g : reshape(g, kept), x.shape)],
  });
}

/** Mean over `axes` (default: all), whose sizes must be fixed. */
export function mean(x: Tensor, axes?: readonly number[], keepDims = false): Tensor {
  const over = (axes ?? x.shape.map((_, i) => i)).map((a) => axisOf(a, x.shape.length));
  const count = over.reduce((n, a) => n * staticDim(x.shape[a], x.shape), 1);
  return scale(sum(x, over, keepDims), 1 / count);
}

/** Sums away what broadcasting added, so that the result has `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((d, i) =>
    i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : [],
  );
  const summed = sum(x, axes, true);
  return extra > 0 ? reshape(summed, shape) : summed;
}

/** Elements as a number and the names of symbolic sizes, to compare shapes that have some. */
function volume(shape: Shape): string {
  const fixed = shape.reduce<number>((n, d) => (typeof d === 'number' ? n * d : n), 1);
  return [fixed, ...shape.filter((d) => typeof d === 'string').sort()].join('·');
}

/**
 * Same elements in a new shape. Symbolic sizes stay at their axis; one more may move, unmultiplied.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const target = reshapeTarget(x.shape, shape);
  if (volume(x.shape) !== volume(shape) || target === null) {
    throw new RangeError(`reshape: ${show(x.shape)} does not fit ${show(shape)}`);
  }
  return op('Reshape', [x, target], shape, { vjp: (g) => [reshape(g, x.shape), null] });
}

/** ONNX's encoding of a new shape: 0 keeps an axis, −1 (once) is what remains; null if neither fits. */
function reshapeTarget(from: Shape, to: Shape): Tensor | null {
  const target = to.map((d, i) => (typeof d === 'number' ? d : d === from[i] ? 0 : -1));
  return target.filter((d) => d === -1).length > 1 ? null : int64(target);
}

/**
 * Folds all axes but the last `keep` into one: [B, N, D] → [B·N, D]. A symbolic batch makes the
 * folded size symbolic too; `unflatten` undoes it.
 */
export function flattenLeading(x: Tensor, keep = 1): Tensor {
  const lead = x.shape.slice(0, x.shape.length - keep);
  const tail = x.shape.slice(x.shape.length - keep);
  if (lead.length === 1) return x;
  return rawReshape(x, [foldDims(lead), ...tail]);
}

export function unflatten(x: Tensor, lead: Shape): Tensor {
  if (foldDims(lead) !== x.shape[0]) {
    throw new RangeError(
      `unflatten: ${show(x.shape)} does not start with the product of ${show(lead)}`,
    );
  }
  return lead.length === 1 ? x : rawReshape(x, [...lead, ...x.shape.slice(1)]);
}

/** The product of sizes: a number, or a name such as `197·batch`. */
function foldDims(dims: Shape): Dim {
  if (dims.length === 1) return dims[0]!;
  const text = volume(dims);
  return /^\d+$/.test(text) ? Number(text) : text;
}

function rawReshape(x: Tensor, shape: Shape): Tensor {
  const target = reshapeTarget(x.shape, shape);
  if (target === null) throw new RangeError(`${show(x.shape)} cannot become ${show(shape)}`);
  return op('Reshape', [x, target], shape, { vjp: (g) => [rawReshape(g, x.shape), null] });
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  const rank = x.shape.length;
  if (perm.length !== rank || new Set(perm).size !== rank) {
    throw new RangeError(
      `transpose: ${show(perm)} is no permutation of the axes of ${show(x.shape)}`,
    );
  }
  const back = perm.map((_, i) => perm.indexOf(i));
  const shape = perm.map((p) => x.shape[axisOf(p, rank)]!);
  return op('Transpose', [x], shape, {
    attributes: { perm },
    vjp: (g) => [transpose(g, back)],
  });
}

/** Swaps the last two axes. */
export function swapLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  const perm = x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return transpose(x, perm);
}

/** Repeats along axes of size 1 (and new leading axes) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const symbolic = shape.some((d) => typeof d === 'string');
  if (symbolic) throw new RangeError(`expand: the target ${show(shape)} must be fixed`);
  const offset = shape.length - x.shape.length;
  const fits = offset >= 0 && x.shape.every((d, i) => d === 1 || d === shape[i + offset]);
  if (!fits) throw new RangeError(`expand: ${show(x.shape)} does not broadcast to ${show(shape)}`);
  return op('Expand', [x, int64(shape as readonly number[])], shape, {
    vjp: (g) => [sumTo(g, x.shape), null],
  });
}

/** Elements from (inclusive) … to (exclusive) along an axis. */
export function slice(x: Tensor, axis: number, from: number, to: number): Tensor {
  const at = axisOf(axis, x.shape.length);
  const size = x.shape[at]!;
  if (!(from >= 0 && from < to && (typeof size === 'string' || to <= size))) {
    throw new RangeError(`slice: ${from}…${to} of axis ${axis} is outside ${show(x.shape)}`);
  }
  if (from === 0 && to === size) return x;
  const shape = x.shape.map((d, i) => (i === at ? to - from : d));
  return op('Slice', [x, int64([from]), int64([to]), int64([at])], shape, {
    vjp: (g) => [pad(g, at, from, staticDim(size, x.shape) - to), null, null, null],
  });
}

/** Zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const at = axisOf(axis, x.shape.length);
  if (before === 0 && after === 0) return x;
  const size = staticDim(x.shape[at], x.shape);
  const pads = [
    ...x.shape.map((_, i) => (i === at ? before : 0)),
    ...x.shape.map((_, i) => (i === at ? after : 0)),
  ];
  const shape = x.shape.map((d, i) => (i === at ? size + before + after : d));
  return op('Pad', [x, int64(pads)], shape, {
    vjp: (g) => [slice(g, at, before, before + size), null],
  });
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (first === undefined) throw new RangeError('concat: nothing to join');
  const at = axisOf(axis, first.shape.length);
  for (const part of parts) {
    const fits = sameShape(
      part.shape.map((d, i) => (i === at ? 1 : d)),
      first.shape.map((d, i) => (i === at ? 1 : d)),
    );
    if (!fits)
      throw new RangeError(`concat: ${show(part.shape)} does not join ${show(first.shape)}`);
  }
  const sizes = parts.map((p) => staticDim(p.shape[at], p.shape));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const total = sizes.reduce((a, b) => a + b, 0);
  const shape = first.shape.map((d, i) => (i === at ? total : d));
  return op('Concat', parts, shape, {
    attributes: { axis: at },
    vjp: (g) => parts.map((_, i) => slice(g, at, starts[i]!, starts[i]! + sizes[i]!)),
  });
}
