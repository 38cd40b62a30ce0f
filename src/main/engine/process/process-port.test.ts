import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { processPort } from './process-port.ts';
import type { FromEngine } from './protocol.ts';

const message: FromEngine = { type: 'running', ids: [] };

/** The port of a process whose reader takes a message when the test says so. */
function openPort() {
  const untaken: (() => void)[] = [];
  const exit = vi.fn<() => never>();
  const send = (_message: unknown, _handle: unknown, _options: unknown, onTaken: () => void) =>
    untaken.push(onTaken) > 0;
  const channel = Object.assign(new EventEmitter(), { send, exit });
  const port = processPort({ channel: channel as never, patience: 50 });
  const flush = (): { isDone: boolean } => {
    const state = { isDone: false };
    void port.flushed().then(() => (state.isDone = true));
    return state;
  };
  return { port, flush, take: () => untaken.shift()!(), channel, exit };
}

describe('the line to the process that forked the engine', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('has nothing to wait for when all is on its way', async () => {
    const { flush } = openPort();
    const state = flush();
    await setImmediate();
    expect(state.isDone).toBe(true);
  });

  it('waits until the last message is on its way', async () => {
    const { port, flush, take } = openPort();
    port.send(message);
    port.send(message);
    const state = flush();
    take();
    await setImmediate();
    expect([port.backlog, state.isDone]).toEqual([1, false]);
    take();
    await setImmediate();
    expect([port.backlog, state.isDone]).toEqual([0, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on after a moment where the reader takes nothing in', async () => {
    const { port, flush } = openPort();
    port.send(message);
    const state = flush();
    await vi.advanceTimersByTimeAsync(49);
    expect(state.isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([port.backlog, state.isDone]).toEqual([1, true]);
  });

  it('ends the process when it breaks', () => {
    const { channel, exit } = openPort();
    channel.emit('disconnect');
    expect(exit).toHaveBeenCalledOnce();
  });
});
