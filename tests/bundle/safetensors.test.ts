import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  openSafetensors,
  readFloats,
  readIntegers,
  writeSafetensors,
} from '../../src/main/engine/bundle/safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.safetensors');

function file(header: string | object, data: number, headerBytes?: number): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes ?? text.length));
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(data)]));
  return path;
}
const f32 = (shape: number[], from: number, to: number): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [from, to],
});

describe('safetensors', () => {
  it('what is written is read, in every order and size', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((n) => n !== '__metadata__' && n !== '__proto__'),
          fc.array(fc.float({ noNaN: true }), { maxLength: 9 }),
          { maxKeys: 6 },
        ),
        (tensors) => {
          writeSafetensors(
            path,
            Object.entries(tensors).map(([name, v]) => ({
              name,
              dtype: 'F32' as const,
              shape: [v.length],
              values: () => Float32Array.from(v),
            })),
          );
          const read = openSafetensors(path);
          expect([...read.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
          for (const [name, v] of Object.entries(tensors)) {
            expect([...readFloats(read, name)]).toEqual([...Float32Array.from(v)]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('whole numbers beyond float32 survive', () => {
    const values = BigInt64Array.of(2n ** 40n, -3n);
    writeSafetensors(path, [{ name: 'ids', dtype: 'I64', shape: [2], values: () => values }]);
    expect(readIntegers(openSafetensors(path), 'ids')).toEqual([2 ** 40, -3]);
  });

  it.each([
    [
      'two tensors on the same bytes',
      () => file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
      /tensor b overlaps/,
    ],
    [
      'a hole',
      () => file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
      /gap before the tensor b/,
    ],
    ['bytes behind the last tensor', () => file({ a: f32([1], 0, 4) }, 9), /5 bytes follow/],
    ['a tensor beyond the end', () => file({ a: f32([4], 0, 16) }, 8), /tensor a lies beyond/],
    [
      'a shape that is not its bytes',
      () => file({ a: f32([3], 0, 8) }, 8),
      /8 bytes instead of 12/,
    ],
    [
      'an unknown type',
      () => file({ a: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } }, 1),
      /unknown type F8/,
    ],
    ['negative offsets', () => file({ a: f32([1], -4, 0) }, 4), /tensor a is badly described/],
    ['a header that is no JSON', () => file('{"a":', 4), /no JSON object/],
    ['a header longer than the file', () => file('{}', 0, 2 ** 40), /longer than the file/],
    ['nothing', () => (writeFileSync(path, ''), path), /ends before its header/],
  ])('%s is refused by name', (_, make, message) => {
    const made = make();
    expect(() => openSafetensors(made)).toThrow(message);
  });

  it('a writer that fails leaves the old file, and nothing beside it', () => {
    writeSafetensors(path, [
      { name: 'a', dtype: 'F32', shape: [1], values: () => Float32Array.of(7) },
    ]);
    const before = readFileSync(path);
    const fail = (): Float32Array => {
      throw new Error('no more');
    };
    expect(() =>
      writeSafetensors(path, [{ name: 'a', dtype: 'F32', shape: [1], values: fail }]),
    ).toThrow('no more');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
  });
});
