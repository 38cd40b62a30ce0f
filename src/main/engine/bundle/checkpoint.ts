import { MarginaliaError } from '../../../shared/errors.ts';
import { floatsOf, floatsOfBfloat16 } from './f16.ts';
import {
  readPickle,
  type PickledModule,
  type PickledStorage,
  type PickledTensor,
} from './pickle.ts';
import { openZip, type ZipFile } from './torch-zip.ts';

/** Tensors by name; they are read when they are asked for. */
export interface Checkpoint {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Values as float32, row-major. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const BYTES: Readonly<Record<string, number>> = {
  FloatStorage: 4,
  DoubleStorage: 8,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
};

/** Tensors lie outside the pickle, which has some hundred bytes for each. */
const MOST_PICKLE_BYTES = 1 << 26;

/**
 * Opens what torch.save wrote: {model: …}, {state_dict: …} or a state dict itself; or a TorchScript
 * archive, as OpenAI publishes CLIP, of whose program nothing is run.
 * @throws MarginaliaError `bad-checkpoint`; `unsafe-checkpoint` where the pickle wants to use
 *   anything but tensors and plain values.
 */
export async function openTorchCheckpoint(path: string): Promise<Checkpoint> {
  const zip = await openZip(path);
  try {
    // The archive's top folder is the stem of the name it was saved under.
    const pickle = [...zip.sizes.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name));
    if (pickle === undefined) {
      throw new MarginaliaError(
        'bad-checkpoint',
        `${path} is a zip, but not of a checkpoint: it has no data.pkl.`,
        'Give the .pth file that torch.save wrote.',
      );
    }
    if (zip.sizes.get(pickle)! > MOST_PICKLE_BYTES) {
      throw new MarginaliaError(
        'bad-checkpoint',
        `${path} holds more than tensors: ${pickle} has ${(zip.sizes.get(pickle)! / 1e6).toFixed(0)} MB.`,
        'Save the state dict alone: torch.save(model.state_dict(), …).',
      );
    }
    const folder = pickle.slice(0, -'data.pkl'.length);
    const byteOrder = `${folder}byteorder`;
    if (
      zip.sizes.has(byteOrder) &&
      Buffer.from(await zip.read(byteOrder)).toString() !== 'little'
    ) {
      throw new MarginaliaError(
        'bad-checkpoint',
        `${path} was saved on a big-endian machine.`,
        'Load and save it on a little-endian one, as nearly all are.',
      );
    }
    const tensors = stateDict(readPickle(await zip.read(pickle), storageOf), path);
    for (const [name, tensor] of tensors) checkExtent(name, tensor, path, folder, zip);
    return {
      shapes: new Map([...tensors].map(([name, t]) => [name, t.shape])),
      read: async (name) => {
        const tensor = tensors.get(name)!;
        const width = BYTES[tensor.storage.type]!;
        const [first, count] = extent(tensor);
        const raw = await zip.read(memberOf(tensor, folder), first * width, count * width);
        return gather(toFloats(tensor.storage.type, raw), tensor, first);
      },
      close: () => zip.close(),
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

function storageOf(id: unknown): PickledStorage {
  const [tag, type, key, , elements] = Array.isArray(id) ? (id as unknown[]) : [];
  const name = (type as { kind?: string; type?: string } | undefined)?.type;
  if (tag !== 'storage' || name === undefined || typeof key !== 'string' || !/^\d+$/.test(key)) {
    throw new MarginaliaError(
      'bad-checkpoint',
      'The checkpoint refers to data in an unknown way.',
      'Only checkpoints that torch.save wrote (PyTorch 1.6 or later) are read.',
    );
  }
  return { kind: 'storage', type: name, key, elements: Number(elements) };
}

function stateDict(root: unknown, path: string): Map<string, PickledTensor> {
  if ((root as PickledModule | null)?.kind === 'module') {
    const tensors = tensorsOf(root as PickledModule);
    if (tensors.size > 0) return tensors;
  }
  const at = (key: string): unknown => (root instanceof Map ? root.get(key) : undefined);
  for (const candidate of [at('model'), at('state_dict'), root]) {
    if (!(candidate instanceof Map)) continue;
    const tensors = [...candidate].filter(
      (entry): entry is [string, PickledTensor] =>
        typeof entry[0] === 'string' && (entry[1] as PickledTensor | null)?.kind === 'tensor',
    );
    // DistributedDataParallel puts `module.` before every name.
    if (tensors.length > 0)
      return new Map(tensors.map(([n, t]) => [n.replace(/^module\./, ''), t]));
  }
  throw new MarginaliaError(
    'bad-checkpoint',
    `${path} holds no state dict: neither under “model” nor “state_dict” nor at its top are there tensors.`,
    'Give a checkpoint of the published training, or torch.save(model.state_dict(), …).',
  );
}

/** Deeper than any network is nested. */
const DEEPEST = 64;

/** Tensors of a TorchScript object and of those in it, as its state dict would name them. */
function tensorsOf(root: PickledModule): Map<string, PickledTensor> {
  const tensors = new Map<string, PickledTensor>();
  // One may hold itself.
  const seen = new Set<PickledModule>();
  const visit = (module: PickledModule, prefix: string, depth: number): void => {
    if (seen.has(module) || depth > DEEPEST) return;
    seen.add(module);
    for (const [name, value] of module.attributes) {
      const { kind } = (value ?? {}) as { kind?: unknown };
      const path = `${prefix}${String(name)}`;
      if (kind === 'tensor') tensors.set(path, value as PickledTensor);
      if (kind === 'module') visit(value as PickledModule, `${path}.`, depth + 1);
    }
  };
  visit(root, '', 0);
  return tensors;
}

const isEmpty = (t: PickledTensor): boolean => t.shape.includes(0);

/** First element of a tensor in its storage, and how many from there on it spans. */
function extent(t: PickledTensor): [number, number] {
  if (isEmpty(t)) return [0, 0];
  const last = t.shape.reduce((sum, d, i) => sum + (d - 1) * t.strides[i]!, 0);
  return [t.offset, last + 1];
}

/** Member of the zip that holds a tensor's storage. */
const memberOf = (t: PickledTensor, folder: string): string => `${folder}data/${t.storage.key}`;

/** Where a tensor reaches beyond its storage is said before anything is written. */
function checkExtent(
  name: string,
  t: PickledTensor,
  path: string,
  folder: string,
  zip: ZipFile,
): void {
  const size = zip.sizes.get(memberOf(t, folder));
  const [first, count] = extent(t);
  const width = BYTES[t.storage.type]!;
  if (size !== undefined && (first + count) * width <= size) return;
  throw new MarginaliaError(
    'bad-checkpoint',
    size === undefined
      ? `${path} lacks the data of the tensor ${name} (${memberOf(t, folder)}).`
      : `The tensor ${name} of ${path} lies beyond its data: it takes bytes ${first * width} to ${(first + count) * width} of ${memberOf(t, folder)}, which has ${size}.`,
    'The file is damaged or was not written by torch.save; get it again.',
  );
}

function toFloats(type: string, raw: Uint8Array<ArrayBuffer>): Float32Array {
  const buffer = raw.buffer;
  switch (type) {
    case 'FloatStorage':
      return new Float32Array(buffer);
    case 'DoubleStorage':
      return Float32Array.from(new Float64Array(buffer));
    case 'HalfStorage':
      return floatsOf(new Uint16Array(buffer));
    case 'BFloat16Storage':
      return floatsOfBfloat16(new Uint16Array(buffer));
    case 'LongStorage':
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case 'IntStorage':
      return Float32Array.from(new Int32Array(buffer));
    case 'ShortStorage':
      return Float32Array.from(new Int16Array(buffer));
    case 'CharStorage':
      return Float32Array.from(new Int8Array(buffer));
    default:
      return Float32Array.from(raw);
  }
}

/** Rearranges a strided tensor row-major; a contiguous one is what it is. */
function gather(values: Float32Array, t: PickledTensor, first: number): Float32Array {
  const count = t.shape.reduce((n, d) => n * d, 1);
  let expected = 1;
  let contiguous = true;
  for (let i = t.shape.length - 1; i >= 0; i--) {
    if (t.shape[i] !== 1 && t.strides[i] !== expected) contiguous = false;
    expected *= t.shape[i]!;
  }
  if (contiguous || count === 0) return values;
  const result = new Float32Array(count);
  const index = t.shape.map(() => 0);
  let at = t.offset - first;
  for (let i = 0; i < count; i++) {
    result[i] = values[at]!;
    for (let axis = t.shape.length - 1; axis >= 0; axis--) {
      at += t.strides[axis]!;
      if (++index[axis]! < t.shape[axis]!) break;
      at -= t.strides[axis]! * t.shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
