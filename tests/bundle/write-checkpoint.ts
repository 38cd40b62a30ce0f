/**
 * Writes what torch.save writes (PyTorch 1.6 or later: a zip with a pickle of protocol 2 and a
 * member for each storage), and, where asked to, what it would never write.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';

/** Type of a storage, as its class is called in torch. */
export type StorageType =
  'Float' | 'Double' | 'Half' | 'BFloat16' | 'Long' | 'Int' | 'Short' | 'Char' | 'Byte';

export interface CheckpointStorage {
  readonly type: StorageType;
  readonly elements: number;
  /** Called once, when its turn comes. */
  readonly bytes: () => Uint8Array;
}

/** A storage of values that are there already. */
export function storageOf(type: StorageType, values: NumberArray): CheckpointStorage {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { type, elements: values.length, bytes: () => bytes };
}

export type NumberArray = ArrayBufferView & { readonly length: number };

/** A view of a storage; offset and strides in elements. */
export interface CheckpointTensor {
  readonly name: string;
  /** Member `data/<storage>`. */
  readonly storage: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface CheckpointContent {
  readonly tensors: readonly CheckpointTensor[];
  readonly storages: ReadonlyMap<string, CheckpointStorage>;
  /** Key that the state dict lies under; without it, it is the root. */
  readonly under?: string;
  /** As torch.jit.save writes it: an object for each part of the names, with the tensors as attributes. */
  readonly program?: boolean;
}

/** Members of a checkpoint that is called `archive`. */
export function checkpointMembers(content: CheckpointContent): Member[] {
  return [
    { name: 'archive/data.pkl', content: () => pickleOf(content) },
    { name: 'archive/byteorder', content: () => Buffer.from('little') },
    ...[...content.storages].map(([key, { bytes }]): Member => ({
      name: `archive/data/${key}`,
      content: bytes,
    })),
    { name: 'archive/version', content: () => Buffer.from('3\n') },
  ];
}

/** Strides of a row-major tensor. */
export const rowMajor = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((n, d) => n * d, 1));

/** A state dict, instruction by instruction as torch.save pickles it, without its memo. */
function pickleOf({ tensors, storages, under, program }: CheckpointContent): Buffer {
  const text = (s: string): Buffer => {
    const utf8 = Buffer.from(s);
    const head = Buffer.from([0x58, 0, 0, 0, 0]);
    head.writeUInt32LE(utf8.length, 1);
    return Buffer.concat([head, utf8]);
  };
  const whole = (n: number): Buffer => {
    const long = Buffer.from([0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    long.writeBigInt64LE(BigInt(n), 2);
    return long;
  };
  const code = (s: string): Buffer => Buffer.from(s, 'latin1');
  const tuple = (items: readonly number[]): Buffer[] => [code('('), ...items.map(whole), code('t')];
  const emptyDict = code('ccollections\nOrderedDict\n)R');
  const valueOf = ({ storage, offset, shape, strides }: CheckpointTensor): Buffer[] => {
    const { type, elements } = storages.get(storage) ?? { type: 'Float', elements: 0 };
    return [
      code('ctorch._utils\n_rebuild_tensor_v2\n(('),
      ...[text('storage'), code(`ctorch\n${type}Storage\n`), text(storage), text('cpu')],
      ...[whole(elements), code('tQ'), whole(offset)],
      ...[...tuple(shape), ...tuple(strides), code('\x89'), emptyDict, code('tR')],
    ];
  };
  /** The object whose attributes are the tensors, by what is left of their names. */
  const objectOf = (parts: readonly (readonly [string, CheckpointTensor])[]): Buffer[] => {
    const inside = new Map<string, [string, CheckpointTensor][]>();
    const attributes = [text('training'), code('\x88')];
    for (const [name, tensor] of parts) {
      const [, head, rest] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
      if (head === undefined) attributes.push(text(name), ...valueOf(tensor));
      else inside.set(head, [...(inside.get(head) ?? []), [rest!, tensor]]);
    }
    for (const [name, below] of inside) attributes.push(text(name), ...objectOf(below));
    return [code('c__torch__.clip.model\nModule\n)\x81}('), ...attributes, code('ub')];
  };
  if (program) {
    const whole = objectOf(tensors.map((tensor) => [tensor.name, tensor]));
    return Buffer.concat([code('\x80\x02'), ...whole, code('.')]);
  }
  const items = tensors.flatMap((tensor) => [text(tensor.name), ...valueOf(tensor)]);
  const dict = [emptyDict, code('('), ...items, code('u')];
  const root = under === undefined ? dict : [code('}'), text(under), ...dict, code('s')];
  return Buffer.concat([code('\x80\x02'), ...root, code('.')]);
}

export interface Member {
  readonly name: string;
  readonly content: () => Uint8Array;
  /** 0: stored (default), 8: deflated; others are written stored. */
  readonly method?: number;
  /** What the directory says instead of what is so. */
  readonly lie?: Partial<DirectoryEntry>;
}

interface DirectoryEntry {
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Where the member's own header lies in the file. */
  readonly header: number;
  /** Bit 0: encrypted. */
  readonly flags: number;
}

/** How the directory of a zip is written. */
export interface ZipForm {
  /** Whether sizes and places have 64 bits, as those of a file over 4 GiB must. */
  readonly zip64?: boolean;
  /** Where the ZIP64 end record is said to lie, instead of where it lies. */
  readonly end64?: number;
}

const int64 = (...values: number[]): Buffer =>
  Buffer.from(BigUint64Array.from(values, BigInt).buffer);

/** Writes a zip (APPNOTE.TXT 6.3) below 4 GiB, member by member. */
export function writeZip(path: string, members: readonly Member[], form: ZipForm = {}): void {
  const file = openSync(path, 'w');
  let at = 0;
  const append = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    at += bytes.length;
  };
  try {
    const directory: Buffer[] = [];
    for (const { name, content, method = 0, lie } of members) {
      const plain = content();
      const packed = method === 8 ? deflateRawSync(plain) : plain;
      const entry = {
        ...{ crc: crc32(plain), compressed: packed.length, size: plain.length, header: at },
        ...{ flags: 0, ...lie },
      };
      const extra = form.zip64
        ? Buffer.concat([
            Buffer.from([1, 0, 24, 0]),
            int64(entry.size, entry.compressed, entry.header),
          ])
        : Buffer.alloc(0);
      const common = Buffer.alloc(26);
      common.writeUInt16LE(20, 0);
      common.writeUInt16LE(entry.flags, 2);
      common.writeUInt16LE(method, 4);
      common.writeUInt32LE(entry.crc, 10);
      if (form.zip64) common.fill(0xff, 14, 22);
      else {
        common.writeUInt32LE(entry.compressed, 14);
        common.writeUInt32LE(entry.size, 18);
      }
      common.writeUInt16LE(Buffer.byteLength(name), 22);
      append(Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]));
      append(packed);
      const tail = Buffer.alloc(14);
      if (form.zip64) {
        common.writeUInt16LE(extra.length, 24);
        tail.fill(0xff, 10);
      } else {
        tail.writeUInt32LE(entry.header, 10);
      }
      directory.push(Buffer.from('PK\x01\x02\x14\0'), common, tail, Buffer.from(name), extra);
    }
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(members.length, 8);
    end.writeUInt16LE(members.length, 10);
    const bytes = Buffer.concat(directory);
    end.writeUInt32LE(bytes.length, 12);
    end.writeUInt32LE(at, 16);
    if (form.zip64) {
      const end64 = Buffer.concat([
        Buffer.from('PK\x06\x06'),
        int64(44),
        Buffer.alloc(12),
        int64(members.length, members.length, bytes.length, at),
      ]);
      const locator = Buffer.concat([
        Buffer.from('PK\x06\x07\0\0\0\0'),
        int64(form.end64 ?? at + bytes.length),
        Buffer.from([1, 0, 0, 0]),
      ]);
      end.fill(0xff, 8, 20);
      append(Buffer.concat([bytes, end64, locator, end]));
    } else {
      append(Buffer.concat([bytes, end]));
    }
  } finally {
    closeSync(file);
  }
}
