import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openTorchCheckpoint } from '../../src/main/engine/bundle/checkpoint.ts';
import { toErrorInfo } from '../../src/shared/errors.ts';
import { tinyCheckpoint, tinyTensors } from './tiny-model.ts';
import {
  checkpointMembers,
  rowMajor,
  storageOf,
  writeZip,
  type CheckpointContent,
  type CheckpointStorage,
  type CheckpointTensor,
  type Member,
  type NumberArray,
  type StorageType,
  type ZipForm,
} from './write-checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-checkpoint-'));
const path = join(folder, 'model.pth');
afterAll(() => rmSync(folder, { recursive: true }));

const save = (
  content: CheckpointContent,
  change = (m: Member): Member => m,
  form?: ZipForm,
): void => writeZip(path, checkpointMembers(content).map(change), form);

describe('a checkpoint is read bit for bit', () => {
  it.each([
    ['as a state dict', () => save(tinyCheckpoint())],
    ['under “model”', () => save({ ...tinyCheckpoint(), under: 'model' })],
    ['under “state_dict”', () => save({ ...tinyCheckpoint(), under: 'state_dict' })],
    ['compressed', () => save(tinyCheckpoint(), (m) => ({ ...m, method: 8 }))],
    ['as ZIP64', () => save(tinyCheckpoint(), undefined, { zip64: true })],
    ['without checksums', () => save(tinyCheckpoint(), (m) => ({ ...m, lie: { crc: 0 } }))],
    [
      'from DistributedDataParallel',
      () => {
        const { tensors, storages } = tinyCheckpoint();
        save({ tensors: tensors.map((t) => ({ ...t, name: `module.${t.name}` })), storages });
      },
    ],
    [
      'with tensors that the model does not have',
      () => {
        const { tensors, storages } = tinyCheckpoint();
        save({ tensors: [...tensors, { ...tensors[0]!, name: 'logit_scale' }], storages });
      },
    ],
    ['in one storage that all tensors share', () => save(shared())],
    ['in one compressed storage', () => save(shared(), (m) => ({ ...m, method: 8 }))],
  ])('%s', async (_, write) => {
    write();
    const checkpoint = await openTorchCheckpoint(path);
    for (const [name, { shape, values }] of tinyTensors()) {
      expect(checkpoint.shapes.get(name), name).toEqual(shape);
      expect(await checkpoint.read(name), name).toEqual(values);
    }
    await checkpoint.close();
  });
});

/** All tensors one behind the other in one storage, three elements from its begin. */
function shared(): CheckpointContent {
  const all = [...tinyTensors()];
  const values = [0, 0, 0, ...all.flatMap(([, t]) => [...t.values])];
  let offset = 3;
  const tensors = all.map(([name, { shape, values: own }]): CheckpointTensor => {
    offset += own.length;
    const strides = rowMajor(shape);
    return { name, storage: '0', offset: offset - own.length, shape, strides };
  });
  return { tensors, storages: new Map([['0', storageOf('Float', Float32Array.from(values))]]) };
}

describe('a tensor', () => {
  const read = async (
    tensor: Omit<CheckpointTensor, 'name' | 'storage'>,
    of: CheckpointStorage,
  ): Promise<number[]> => {
    const tensors = [{ ...tensor, name: 't', storage: '0' }];
    save({ tensors, storages: new Map([['0', of]]) });
    const checkpoint = await openTorchCheckpoint(path);
    try {
      return [...(await checkpoint.read('t'))];
    } finally {
      await checkpoint.close();
    }
  };

  it.each<[StorageType, NumberArray, number[]]>([
    [
      'Half',
      Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff),
      [1, -2, 0.333251953125, 2 ** -24, 65504],
    ],
    [
      'BFloat16',
      Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x0001, 0x7f7f),
      [1, -2, 3.140625, 2 ** -133, 2 ** 128 - 2 ** 120],
    ],
    ['Double', Float64Array.of(0.1, -2, 1e300), [Math.fround(0.1), -2, Infinity]],
    ['Long', BigInt64Array.of(-1n, 2n ** 40n), [-1, 2 ** 40]],
    ['Int', Int32Array.of(-1, 7), [-1, 7]],
    ['Short', Int16Array.of(-1, 7), [-1, 7]],
    ['Char', Int8Array.of(-1, 7), [-1, 7]],
    ['Byte', Uint8Array.of(255, 7), [255, 7]],
  ])('of %s is read as float32', async (type, stored, expected) => {
    const shape = [expected.length];
    expect(await read({ offset: 0, shape, strides: [1] }, storageOf(type, stored))).toEqual(
      expected,
    );
  });

  it('is read row-major, however it lies in its storage', async () => {
    const axis = fc.record({ size: fc.nat(4), stride: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { maxLength: 4 }), fc.nat(7), async (axes, offset) => {
        const shape = axes.map(({ size }) => size);
        const strides = axes.map(({ stride }) => stride);
        // Where each element lies, axis by axis.
        let places = [offset];
        for (const { size, stride } of axes) {
          places = places.flatMap((p) => Array.from({ length: size }, (_, i) => p + i * stride));
        }
        const values = Float32Array.from({ length: Math.max(0, ...places) + 2 }, (_, i) => i);
        expect(await read({ offset, shape, strides }, storageOf('Float', values))).toEqual(places);
      }),
      { numRuns: 100 },
    );
  });

  it('whose storage is damaged elsewhere is refused', async () => {
    save(shared());
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from('archive/data/0')) + 'archive/data/0'.length;
    bytes[at]! ^= 1; // in the three elements that no tensor takes
    writeFileSync(path, bytes);
    const checkpoint = await openTorchCheckpoint(path);
    await expect(checkpoint.read(shared().tensors[5]!.name)).rejects.toThrow(
      /checksum of archive\/data\/0/,
    );
    await checkpoint.close();
  });
});

describe.each([
  ['checkpoint', {}],
  ['ZIP64 checkpoint', { zip64: true }],
])('of a %s', (_, form) => {
  it('any end cut off is refused', async () => {
    save(tinyCheckpoint(), undefined, form);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        writeFileSync(path, whole.subarray(0, length));
        await expect(openTorchCheckpoint(path)).rejects.toThrow(
          expect.objectContaining({ code: 'bad-checkpoint' }),
        );
      }),
    );
  });

  it('any byte changed is refused, or read as if it were not', async () => {
    save(tinyCheckpoint(), undefined, form);
    const whole = readFileSync(path);
    const expected = tinyTensors();
    const outcome = async (): Promise<string> => {
      try {
        const checkpoint = await openTorchCheckpoint(path);
        try {
          for (const [name, { values }] of expected) {
            if (!checkpoint.shapes.has(name)) return 'missing-tensor';
            if (
              !Buffer.from((await checkpoint.read(name)).buffer).equals(Buffer.from(values.buffer))
            )
              return 'wrong numbers';
          }
          return 'read';
        } finally {
          await checkpoint.close();
        }
      } catch (error) {
        return toErrorInfo(error).code;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Buffer.from(whole);
          bytes[at]! ^= flip;
          writeFileSync(path, bytes);
          expect(['read', 'missing-tensor', 'bad-checkpoint']).toContain(await outcome());
        },
      ),
      { numRuns: 300 },
    );
  });
});
