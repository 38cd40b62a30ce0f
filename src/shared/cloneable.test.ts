import { expect, it } from 'vitest';
import { reactive } from 'vue';
import { withOwnBytes } from './cloneable.ts';

it('arrays that show a part of their memory get that part for themselves, however deep', () => {
  const whole = Uint8Array.of(1, 2, 3, 4);
  const pixels = Int16Array.of(1, -2, 3).subarray(1, 2);
  const message = {
    kind: 'result',
    list: [{ runs: whole.subarray(1, 3), pixels }],
    whole,
    none: null,
  };
  const own = withOwnBytes(message) as typeof message;
  expect(own).toEqual(message);
  expect(own.list[0]!.runs.buffer.byteLength).toBe(2);
  expect(own.list[0]!.pixels.buffer.byteLength).toBe(2);
  expect(own.whole).toBe(whole);
});

it('a buffer of Node becomes a plain array, without its pool', () => {
  const own = withOwnBytes(Buffer.from('ab')) as Uint8Array;
  expect([own.constructor, [...own], own.buffer.byteLength]).toEqual([Uint8Array, [97, 98], 2]);
});

it('what Vue watches can be cloned', () => {
  const input = { paths: ['/a', '/b'], keys: { 'edit.undo': 'Mod+Z' }, runs: Uint8Array.of(1, 2) };
  const message = { kind: 'call', input: reactive({ deep: [input] }) };
  expect(() => structuredClone(message)).toThrow();
  expect(structuredClone(withOwnBytes(message))).toEqual({
    kind: 'call',
    input: { deep: [input] },
  });
});
