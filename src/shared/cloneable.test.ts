import { expect, it } from 'vitest';
import { reactive } from 'vue';
import { toCloneable } from './cloneable.ts';

it('arrays that show a part of their memory get that part for themselves, however deep', () => {
  const whole = Uint8Array.of(1, 2, 3, 4);
  const pixels = Int16Array.of(1, -2, 3).subarray(1, 2);
  const message = {
    kind: 'result',
    list: [{ runs: whole.subarray(1, 3), pixels }],
    whole,
    none: null,
  };
  const cloned = toCloneable(message) as typeof message;
  expect(cloned).toEqual(message);
  expect(cloned.list[0]!.runs.buffer.byteLength).toBe(2);
  expect(cloned.list[0]!.pixels.buffer.byteLength).toBe(2);
  expect(cloned.whole).toBe(whole);
});

it('a buffer of Node becomes a plain array, without its pool', () => {
  const cloned = toCloneable(Buffer.from('ab')) as Uint8Array;
  expect([cloned.constructor, [...cloned], cloned.buffer.byteLength]).toEqual([
    Uint8Array,
    [97, 98],
    2,
  ]);
});

it('what Vue watches can be cloned', () => {
  const input = { paths: ['/a', '/b'], keys: { 'edit.undo': 'Mod+Z' }, runs: Uint8Array.of(1, 2) };
  const message = { kind: 'call', input: reactive({ deep: [input] }) };
  expect(() => structuredClone(message)).toThrow();
  expect(structuredClone(toCloneable(message))).toEqual({
    kind: 'call',
    input: { deep: [input] },
  });
});
