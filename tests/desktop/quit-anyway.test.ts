import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BrowserWindow, MessageBoxOptions } from 'electron';
import { endedOrGivenUp } from '../../src/main/desktop/quit-anyway.ts';

const { showMessageBox } = vi.hoisted(() => ({
  showMessageBox:
    vi.fn<(window: unknown, options: MessageBoxOptions) => Promise<{ response: number }>>(),
}));
vi.mock('electron', () => ({ dialog: { showMessageBox } }));

const window = { isDestroyed: () => false } as BrowserWindow;

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  showMessageBox.mockReset();
});

it('nobody is asked while what is written ends soon', async () => {
  await endedOrGivenUp(window, Promise.resolve());
  await endedOrGivenUp(window, Promise.reject(new Error('the disk is full')));
  expect(showMessageBox).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

it('who does not want to wait for a write that never ends may quit anyway', async () => {
  showMessageBox.mockResolvedValueOnce({ response: 0 }).mockResolvedValueOnce({ response: 1 });
  const over = vi.fn();
  const ending = endedOrGivenUp(window, new Promise(() => undefined)).then(over);
  await vi.advanceTimersByTimeAsync(20_000);
  expect([showMessageBox.mock.calls.length, over.mock.calls.length]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(20_000);
  await ending;
  expect(showMessageBox).toHaveBeenCalledTimes(2);
});

it('the question goes away with its reason', async () => {
  let finish!: () => void;
  showMessageBox.mockImplementationOnce(
    (_, { signal }) =>
      new Promise((answer) =>
        signal!.addEventListener('abort', () => answer({ response: 0 }), { once: true }),
      ),
  );
  const ending = endedOrGivenUp(window, new Promise<void>((done) => (finish = done)));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(showMessageBox).toHaveBeenCalledTimes(1);
  finish();
  await ending;
});
