import type { Attribute, FloatAttribute, Node, Shape, Tensor } from './core.ts';
import { topological } from './grad.ts';
import { ATTRIBUTE_TYPE, DATA_TYPE, EXTERNAL, ModelProto } from './onnx-schema.ts';

/** Opset 20: the first with Gelu, and with every operator used here on all providers. */
const OPSET = 20;

/** A graph as bytes of an ONNX ModelProto, and the names its inputs and outputs carry. */
export interface EmittedGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Writes the graph that computes `outputs` as an ONNX model. Constants from files become external
 * data (path relative to the folder that the session is given), everything else is inside.
 */
export function emit(outputs: Readonly<Record<string, Tensor>>): EmittedGraph {
  const wanted = Object.values(outputs);
  const order = topological(wanted);
  const names = nameTensors(order);

  const initializers: object[] = [];
  const inputs: { name: string; tensor: Tensor }[] = [];
  const nodes: object[] = [];
  const written = new Set<Node>();
  const results = outputsOf(order, names);

  for (const tensor of order) {
    const name = names.get(tensor)!;
    const { source } = tensor;
    if (source.kind === 'input') inputs.push({ name, tensor });
    else if (source.kind === 'data') initializers.push(inlineTensor(name, tensor, source.data));
    else if (source.kind === 'file') {
      initializers.push({
        name,
        dims: tensor.shape,
        data_type: DATA_TYPE[tensor.dtype],
        data_location: EXTERNAL,
        external_data: [
          { key: 'location', value: source.file.path },
          { key: 'offset', value: String(source.file.offset) },
          { key: 'length', value: String(source.file.byteLength) },
        ],
      });
    } else if (!written.has(source.node)) {
      written.add(source.node);
      nodes.push(nodeProto(source.node, results.get(source.node)!, names));
    }
  }
  // A graph output needs a node that makes it, under its own name.
  for (const [name, tensor] of Object.entries(outputs)) {
    nodes.push({ op_type: 'Identity', input: [names.get(tensor)!], output: [name], name });
  }

  const model = ModelProto.encode({
    ir_version: 10,
    producer_name: 'marginalia',
    opset_import: [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'marginalia',
      node: nodes,
      initializer: initializers,
      input: inputs.map(({ name, tensor }) => valueInfo(name, tensor)),
      output: Object.entries(outputs).map(([name, tensor]) => valueInfo(name, tensor)),
    },
  }).finish();
  return { model, inputs: inputs.map((i) => i.name), outputs: Object.keys(outputs) };
}

/** Unique names: those of inputs and stored tensors, a number for the rest. */
function nameTensors(order: readonly Tensor[]): Map<Tensor, string> {
  const names = new Map<Tensor, string>();
  const taken = new Set<string>();
  order.forEach((tensor, i) => {
    const { source } = tensor;
    const wanted = source.kind === 'input' || source.kind === 'file' ? source.name : `t${i}`;
    if (source.kind === 'input' && taken.has(wanted)) {
      throw new RangeError(`emit: two different inputs are called ${wanted}`);
    }
    const name = taken.has(wanted) ? `${wanted}#${i}` : wanted;
    taken.add(name);
    names.set(tensor, name);
  });
  return names;
}

/** Names of each node's outputs in order, '' for those that nobody uses. */
function outputsOf(order: readonly Tensor[], names: Map<Tensor, string>): Map<Node, string[]> {
  const results = new Map<Node, string[]>();
  for (const tensor of order) {
    if (tensor.source.kind !== 'node') continue;
    const { node, index } = tensor.source;
    const outputs = results.get(node) ?? Array.from({ length: node.outputs }, () => '');
    outputs[index] = names.get(tensor)!;
    results.set(node, outputs);
  }
  return results;
}

function nodeProto(node: Node, output: readonly string[], names: Map<Tensor, string>): object {
  return {
    name: output.find((o) => o !== ''),
    op_type: node.op,
    domain: node.domain,
    input: node.inputs.map((t) => (t === null ? '' : names.get(t)!)),
    output,
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function attributeProto(name: string, value: Attribute | FloatAttribute): object {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string')
    return { name, type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

function inlineTensor(name: string, tensor: Tensor, data: Float32Array | BigInt64Array): object {
  const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: tensor.shape, data_type: DATA_TYPE[tensor.dtype], raw_data };
}

function valueInfo(name: string, tensor: { shape: Shape; dtype: Tensor['dtype'] }): object {
  const dim = tensor.shape.map((d) =>
    typeof d === 'number' ? { dim_value: d } : { dim_param: d },
  );
  return { name, type: { tensor_type: { elem_type: DATA_TYPE[tensor.dtype], shape: { dim } } } };
}
