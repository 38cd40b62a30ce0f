import { MarginaliaError } from '../../../shared/errors.ts';

/**
 * A restricted reader of Python pickles (protocols 2–5, PEP 307 and PEP 574, opcodes as CPython's
 * `pickletools` names them): it builds tensors' descriptions, containers, plain scalars and objects
 * that are nothing but attributes. A pickle is a program; any global that is not on the list below
 * ends the reading, before anything of it could have been called.
 */

/** A tensor as a pickle describes it; sizes and strides in elements. */
export interface PickledTensor {
  readonly kind: 'tensor';
  readonly storage: PickledStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface PickledStorage {
  readonly kind: 'storage';
  /** `FloatStorage`, `HalfStorage`, … */
  readonly type: string;
  readonly key: string;
  readonly elements: number;
}

/** An object of a TorchScript program as its attributes; the program itself is not looked at. */
export interface PickledModule {
  readonly kind: 'module';
  readonly attributes: Map<unknown, unknown>;
}

/** A global that may be named, and what its call or construction gives. */
interface Callable {
  readonly kind: 'callable';
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;
}

const MARK = Symbol('mark');
const callable = (name: string, call: Callable['call']): Callable => ({
  kind: 'callable',
  name,
  call,
});

const STORAGES = [
  'Float',
  'Double',
  'Half',
  'BFloat16',
  'Long',
  'Int',
  'Short',
  'Char',
  'Byte',
  'Bool',
];
const DTYPES = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
];

/** Classes of TorchScript programs, whatever they are called: what is made of them is data alone. */
const PROGRAM = /^__torch__\./;
const moduleClass = callable('module', (): PickledModule => ({
  kind: 'module',
  attributes: new Map(),
}));

/** What a set is made of; the order of the elements stays. */
const set = callable('set', (args) => args[0] ?? []);

/** Everything that a pickle may name. Python 2, as protocol 2 has it, says __builtin__. */
const GLOBALS = new Map<string, unknown>([
  ['collections.OrderedDict', callable('OrderedDict', (args) => dictOf(args[0]))],
  ['builtins.set', set],
  ['builtins.frozenset', set],
  ['__builtin__.set', set],
  ['__builtin__.frozenset', set],
  ['torch._utils._rebuild_tensor_v2', callable('_rebuild_tensor_v2', rebuildTensor)],
  ['torch._utils._rebuild_parameter', callable('_rebuild_parameter', (args) => args[0])],
  ['torch.Size', callable('Size', (args) => args[0] ?? [])],
  // How protocol 2 writes bytes: a latin-1 string to be encoded.
  ['_codecs.encode', callable('encode', latin1)],
  ['numpy.core.multiarray.scalar', callable('scalar', numpyScalar)],
  ['numpy._core.multiarray.scalar', callable('scalar', numpyScalar)],
  ['numpy.dtype', callable('dtype', (args) => ({ kind: 'dtype', code: args[0] }))],
  ...DTYPES.map((d): [string, unknown] => [`torch.${d}`, { kind: 'torch-dtype', name: d }]),
  ...STORAGES.map((s): [string, unknown] => [
    `torch.${s}Storage`,
    { kind: 'storage-type', type: `${s}Storage` },
  ]),
]);

function bad(what: string): never {
  throw new MarginaliaError(
    'bad-checkpoint',
    `The checkpoint cannot be read: ${what}.`,
    'Only checkpoints that torch.save wrote (PyTorch 1.6 or later) are read.',
  );
}

function unsafe(name: string): never {
  throw new MarginaliaError(
    'unsafe-checkpoint',
    `The checkpoint wants to use ${name}, which is neither a tensor nor a plain value; nothing of it was run.`,
    'Do not trust this file. If it is your own, save its state dict alone: torch.save(model.state_dict(), …).',
  );
}

function rebuildTensor(args: readonly unknown[]): PickledTensor {
  const [storage, offset, shape, strides] = args as [PickledStorage, number, number[], number[]];
  const whole = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0;
  const sane =
    storage?.kind === 'storage' &&
    whole(offset) &&
    Array.isArray(shape) &&
    Array.isArray(strides) &&
    shape.length === strides.length &&
    shape.every(whole) &&
    strides.every(whole);
  if (!sane) return bad('a tensor is described in an unknown way');
  return { kind: 'tensor', storage, offset, shape, strides };
}

function latin1(args: readonly unknown[]): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    return bad('it encodes text in an unknown way');
  }
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** OrderedDict(): empty, or of a list of pairs as Python 2 wrote it. */
function dictOf(pairs: unknown): Map<unknown, unknown> {
  if (pairs === undefined) return new Map();
  const isPair = (p: unknown): p is [unknown, unknown] => Array.isArray(p) && p.length === 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair)) return bad('a dict is made in an unknown way');
  return new Map(pairs);
}

/** A numpy scalar, e.g. the best Dice so far; only its float and integer types are known. */
function numpyScalar(args: readonly unknown[]): unknown {
  const [dtype, bytes] = args as [{ code?: unknown }, unknown];
  if (!(bytes instanceof Uint8Array)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype?.code) {
    case 'f8':
      return view.getFloat64(0, true);
    case 'f4':
      return view.getFloat32(0, true);
    case 'i8':
      return Number(view.getBigInt64(0, true));
    case 'i4':
      return view.getInt32(0, true);
    default:
      return null;
  }
}

/** Instructions, and what calls are given: a pickle may give one long list again and again. */
const MOST_STEPS = 5_000_000;
/** Longer whole numbers are in no checkpoint, and take quadratic time. */
const MOST_NUMBER_BYTES = 256;

/**
 * Runs a pickle. Dicts become Maps, tuples and lists arrays, bytes Uint8Arrays.
 * @param persistent turns a persistent id (torch's storages) into a value.
 * @throws MarginaliaError `unsafe-checkpoint` naming the offending global, `bad-checkpoint`.
 */
export function readPickle(bytes: Uint8Array, persistent: (id: unknown) => unknown): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;
  let steps = 0;

  const need = (n: number): number => {
    if (n < 0 || at + n > bytes.length) bad('its pickle ends too early');
    at += n;
    return at - n;
  };
  const text = (n: number): string => {
    const from = need(n);
    return new TextDecoder().decode(bytes.subarray(from, from + n));
  };
  const blob = (n: number): Uint8Array => {
    const from = need(n);
    return bytes.slice(from, from + n);
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) bad('its pickle ends too early');
    const s = text(end - at);
    at += 1;
    return s;
  };
  const u8 = (): number => view.getUint8(need(1));
  const u32 = (): number => view.getUint32(need(4), true);
  const u64 = (): number => Number(view.getBigUint64(need(8), true));
  const pop = (): unknown => {
    if (stack.length === 0 || top() === MARK) bad('its pickle takes from an empty stack');
    return stack.pop();
  };
  const toMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) bad('its pickle misses a mark');
    const items = stack.splice(mark);
    return items.slice(1);
  };
  const top = (): unknown => stack[stack.length - 1];
  const setItems = (target: unknown, items: readonly unknown[]): void => {
    if (!(target instanceof Map)) return bad('its pickle sets items of something else than a dict');
    if (items.length % 2 !== 0) return bad('its pickle sets a key without a value');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const append = (target: unknown, items: readonly unknown[]): void => {
    if (!Array.isArray(target)) return bad('its pickle appends to something else than a list');
    for (const item of items) target.push(item);
  };
  const global = (module: unknown, name: unknown): unknown => {
    if (typeof module !== 'string' || typeof name !== 'string')
      return bad('its pickle names something in an unknown way');
    const path = `${module}.${name}`;
    return GLOBALS.get(path) ?? (PROGRAM.test(path) ? moduleClass : unsafe(path));
  };
  const recall = (index: number): unknown => {
    if (!memo.has(index)) bad('its pickle refers to what it has not made');
    return memo.get(index);
  };
  const call = (target: unknown, args: unknown): unknown => {
    const f = target as Callable;
    if (f?.kind !== 'callable' || !Array.isArray(args))
      return bad('its pickle calls what cannot be called');
    for (const arg of args) steps += Array.isArray(arg) || typeof arg === 'string' ? arg.length : 1;
    return f.call(args);
  };
  /** BUILD hands a state to an object: attributes, the _metadata of a state dict, a dtype's byte order. */
  const build = (target: unknown, state: unknown): void => {
    const kind = (target as { kind?: unknown } | null)?.kind;
    if (kind === 'module' && state instanceof Map) {
      for (const [name, value] of state) (target as PickledModule).attributes.set(name, value);
      return;
    }
    if (!(target instanceof Map) && kind !== 'dtype')
      bad('its pickle gives a state to something else than a dict');
  };
  const longOf = (n: number): number | bigint => {
    if (n > MOST_NUMBER_BYTES) bad('it holds an endless number');
    const raw = blob(n);
    let value = 0n;
    for (let i = raw.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(raw[i]!);
    if (raw.length > 0 && raw[raw.length - 1]! & 0x80) value -= 1n << BigInt(8 * raw.length);
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value;
  };
  /** Protocol 0 writes numbers as text, 00 and 01 for false and true. */
  const number = (digits: string): number | boolean => {
    if (digits === '00' || digits === '01') return digits === '01';
    const value = Number(digits.replace(/L$/, ''));
    return Number.isNaN(value) ? bad('a number is written in an unknown way') : value;
  };

  for (;;) {
    if (++steps > MOST_STEPS) bad('its pickle does not come to an end');
    const opcode = u8();
    // prettier-ignore
    switch (opcode) {
      case 0x80: u8(); break; // PROTO
      case 0x95: need(8); break; // FRAME
      case 0x2e: return pop(); // STOP
      case 0x28: stack.push(MARK); break; // MARK
      case 0x30: pop(); break; // POP
      case 0x31: toMark(); break; // POP_MARK
      case 0x32: stack.push(top()); break; // DUP
      case 0x4e: stack.push(null); break; // NONE
      case 0x88: stack.push(true); break; // NEWTRUE
      case 0x89: stack.push(false); break; // NEWFALSE
      case 0x4b: stack.push(u8()); break; // BININT1
      case 0x4d: stack.push(view.getUint16(need(2), true)); break; // BININT2
      case 0x4a: stack.push(view.getInt32(need(4), true)); break; // BININT
      case 0x8a: stack.push(longOf(u8())); break; // LONG1
      case 0x8b: stack.push(longOf(u32())); break; // LONG4
      case 0x47: stack.push(view.getFloat64(need(8), false)); break; // BINFLOAT
      case 0x8c: stack.push(text(u8())); break; // SHORT_BINUNICODE
      case 0x58: stack.push(text(u32())); break; // BINUNICODE
      case 0x8d: stack.push(text(u64())); break; // BINUNICODE8
      case 0x55: stack.push(text(u8())); break; // SHORT_BINSTRING
      case 0x54: stack.push(text(u32())); break; // BINSTRING
      case 0x49: stack.push(number(line())); break; // INT
      case 0x4c: stack.push(number(line())); break; // LONG
      case 0x46: stack.push(number(line())); break; // FLOAT
      case 0x53: stack.push(line().replace(/^(['"])(.*)\1$/s, '$2')); break; // STRING
      case 0x56: stack.push(line()); break; // UNICODE
      case 0x43: stack.push(blob(u8())); break; // SHORT_BINBYTES
      case 0x42: stack.push(blob(u32())); break; // BINBYTES
      case 0x8e: stack.push(blob(u64())); break; // BINBYTES8
      case 0x5d: stack.push([]); break; // EMPTY_LIST
      case 0x6c: stack.push(toMark()); break; // LIST
      case 0x61: { const item = pop(); append(top(), [item]); break; } // APPEND
      case 0x65: { const items = toMark(); append(top(), items); break; } // APPENDS
      case 0x29: stack.push([]); break; // EMPTY_TUPLE
      case 0x74: stack.push(toMark()); break; // TUPLE
      case 0x85: stack.push([pop()]); break; // TUPLE1
      case 0x86: { const b = pop(); stack.push([pop(), b]); break; } // TUPLE2
      case 0x87: { const c = pop(); const b = pop(); stack.push([pop(), b, c]); break; } // TUPLE3
      case 0x7d: stack.push(new Map()); break; // EMPTY_DICT
      case 0x64: { const items = toMark(); const dict = new Map(); setItems(dict, items); stack.push(dict); break; } // DICT
      case 0x73: { const value = pop(); const key = pop(); setItems(top(), [key, value]); break; } // SETITEM
      case 0x75: { const items = toMark(); setItems(top(), items); break; } // SETITEMS
      case 0x8f: stack.push([]); break; // EMPTY_SET
      case 0x90: { const items = toMark(); append(top(), items); break; } // ADDITEMS
      case 0x91: stack.push(toMark()); break; // FROZENSET
      case 0x70: memo.set(Number(line()), top()); break; // PUT
      case 0x67: stack.push(recall(Number(line()))); break; // GET
      case 0x71: memo.set(u8(), top()); break; // BINPUT
      case 0x72: memo.set(u32(), top()); break; // LONG_BINPUT
      case 0x94: memo.set(memo.size, top()); break; // MEMOIZE
      case 0x68: stack.push(recall(u8())); break; // BINGET
      case 0x6a: stack.push(recall(u32())); break; // LONG_BINGET
      case 0x63: { const module = line(); stack.push(global(module, line())); break; } // GLOBAL
      case 0x93: { const name = pop(); stack.push(global(pop(), name)); break; } // STACK_GLOBAL
      case 0x52: // REDUCE
      case 0x81: { const args = pop(); stack.push(call(pop(), args)); break; } // NEWOBJ
      case 0x69: { const module = line(); const made = global(module, line()); stack.push(call(made, toMark())); break; } // INST
      case 0x6f: { const [made, ...args] = toMark(); stack.push(call(made, args)); break; } // OBJ
      case 0x92: { pop(); const args = pop(); stack.push(call(pop(), args)); break; } // NEWOBJ_EX
      case 0x82: unsafe(`the registered extension ${u8()}`); break; // EXT1
      case 0x83: unsafe(`the registered extension ${view.getUint16(need(2), true)}`); break; // EXT2
      case 0x84: unsafe(`the registered extension ${u32()}`); break; // EXT4
      case 0x62: { const state = pop(); build(top(), state); break; } // BUILD
      case 0x51: stack.push(persistent(pop())); break; // BINPERSID
      default: bad(`its pickle uses the instruction 0x${opcode.toString(16)}`);
    }
  }
}
