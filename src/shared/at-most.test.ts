import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atMost } from './at-most.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each([() => Promise.resolve(1), () => Promise.reject(new Error('it failed'))])(
  'ends with the work, and leaves no timer',
  async (work) => {
    await atMost(1000, work());
    expect(vi.getTimerCount()).toBe(0);
  },
);

it('ends without the work after its limit', async () => {
  const ended = vi.fn();
  const waiting = atMost(1000, new Promise(() => undefined)).then(ended);
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
});
