/**
 * Symbolic tensors: immutable nodes of a graph that exists only through its outputs. Operators
 * check shapes when they are called; nothing is computed until a graph is emitted and run.
 */

/** A size, or the name of a symbolic size (the batch of an inference graph). */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = 'float32' | 'float16' | 'int64' | 'bool';

export type Attribute = number | string | readonly number[];

/** One ONNX operator call. */
export interface Node {
  readonly op: string;
  /** '' is ONNX itself, 'com.microsoft' the contributed operators of ONNX Runtime. */
  readonly domain: string;
  /** null stands for an optional input that is left out. */
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute | FloatAttribute>>;
  readonly outputs: number;
  /** The same from plain operators, for an operator that not every provider has. */
  readonly decompose?: (inputs: readonly (Tensor | null)[]) => Tensor;
}

/** ONNX tells 1 from 1.0: a number attribute is an integer unless wrapped here. */
export interface FloatAttribute {
  readonly float: number;
}

export const float = (value: number): FloatAttribute => ({ float: value });

/** Bytes of an initializer inside a file: `path` relative to the folder the graph is loaded with. */
export interface FileSlice {
  readonly path: string;
  readonly offset: number;
  readonly byteLength: number;
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'data'; readonly data: Float32Array | BigInt64Array }
  | { readonly kind: 'file'; readonly name: string; readonly file: FileSlice }
  | { readonly kind: 'node'; readonly node: Node; readonly index: number };

/**
 * Gradient rule: from the gradient of this tensor to those of the node's inputs, in order;
 * null where an input takes none. `wanted[i]` tells whether anybody needs the i-th one.
 */
export type Vjp = (grad: Tensor, wanted: readonly boolean[]) => readonly (Tensor | null)[];

export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: Source;
  readonly vjp: Vjp | null;
}

/** A value given at run time. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return { shape, dtype, source: { kind: 'input', name }, vjp: null };
}

/** A constant embedded in the graph. */
export function constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`constant: ${data.length} values do not fill shape ${show(shape)}`);
  }
  const dtype = data instanceof Float32Array ? 'float32' : 'int64';
  return { shape, dtype, source: { kind: 'data', data }, vjp: null };
}

export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}

/** A constant that stays in its file (ONNX external data): never copied through JavaScript. */
export function stored(
  name: string,
  shape: readonly number[],
  dtype: 'float32' | 'float16',
  file: FileSlice,
): Tensor {
  const expected = sizeOf(shape) * (dtype === 'float32' ? 4 : 2);
  if (file.byteLength !== expected) {
    throw new RangeError(
      `${name}: ${file.byteLength} bytes do not fill ${dtype} of shape ${show(shape)}`,
    );
  }
  return { shape, dtype, source: { kind: 'file', name, file }, vjp: null };
}

interface OpOptions {
  readonly domain?: string;
  readonly attributes?: Node['attributes'];
  readonly dtype?: DType;
  readonly vjp?: Vjp;
  readonly decompose?: NonNullable<Node['decompose']>;
}

/** The one output of a new node; its type is the first input's unless `dtype` says otherwise. */
export function op(
  name: string,
  inputs: readonly (Tensor | null)[],
  shape: Shape,
  options: OpOptions = {},
): Tensor {
  const { domain = '', attributes = {}, decompose } = options;
  const node: Node = {
    op: name,
    domain,
    inputs,
    attributes,
    outputs: 1,
    ...(decompose ? { decompose } : {}),
  };
  const dtype = options.dtype ?? inputs[0]?.dtype ?? 'float32';
  return { shape, dtype, source: { kind: 'node', node, index: 0 }, vjp: options.vjp ?? null };
}

/** The inputs of the node that made this tensor; none for inputs and constants. */
export function parents(t: Tensor): readonly (Tensor | null)[] {
  return t.source.kind === 'node' ? t.source.node.inputs : [];
}

export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** Number of elements; throws for a symbolic size, of which nobody knows. */
export function sizeOf(shape: Shape): number {
  return shape.reduce<number>((n, d) => n * staticDim(d, shape), 1);
}

export function staticDim(dim: Dim | undefined, shape: Shape): number {
  if (typeof dim !== 'number') {
    throw new RangeError(`a fixed size is needed, but the shape is ${show(shape)}`);
  }
  return dim;
}

/** Axis counted from the front; negative ones count from the end. */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank || !Number.isInteger(positive)) {
    throw new RangeError(`axis ${axis} is outside a tensor of rank ${rank}`);
  }
  return positive;
}
