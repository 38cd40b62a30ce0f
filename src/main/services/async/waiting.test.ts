import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newestFirst } from './newest.ts';
import { shareWork } from './shared-work.ts';

describe('work that several wait for', () => {
  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('stopped'))),
    );

  it('is done once', async () => {
    let times = 0;
    const { wait } = shareWork(() => Promise.resolve(++times));
    expect(await Promise.all([wait(), wait(new AbortController().signal)])).toEqual([1, 1]);
    expect(await wait()).toBe(1);
  });

  it('goes on while anybody waits, and stops when nobody does', async () => {
    let stopped = false;
    const { wait } = shareWork((signal) => {
      signal.addEventListener('abort', () => (stopped = true));
      return never(signal);
    });
    const [one, other] = [new AbortController(), new AbortController()];
    const waits = [wait(one.signal), wait(other.signal)];
    one.abort(new Error('no longer'));
    await expect(waits[0]).rejects.toThrow('no longer');
    expect(stopped).toBe(false);
    other.abort(new Error('nor I'));
    await expect(waits[1]).rejects.toThrow('nor I');
    expect(stopped).toBe(true);
  });

  it('is not waited for by who does not want it already', async () => {
    const { wait } = shareWork(never);
    await expect(wait(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});

describe('the newest of what is offered', () => {
  it('is worked on; what came between is left out', async () => {
    const done: number[] = [];
    const { offer, idle } = newestFirst<number>(async (item) => {
      await setImmediate();
      done.push(item);
    });
    for (const n of [1, 2, 3, 4]) offer(n);
    await idle();
    offer(5);
    await idle();
    expect(done).toEqual([1, 4, 5]);
  });

  it('tells work that it is no longer the newest', async () => {
    const stale: [number, boolean][] = [];
    const { offer, idle } = newestFirst<number>(async (item, isStale) => {
      await setImmediate();
      stale.push([item, isStale()]);
    });
    offer(1);
    offer(2);
    await idle();
    expect(stale).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('that fails is heard of by who waits, and the next is worked on', async () => {
    const done: number[] = [];
    const { offer, idle } = newestFirst<number>((item) => {
      done.push(item);
      return item === 1 ? Promise.reject(new Error('broken')) : Promise.resolve();
    });
    offer(1);
    await expect(idle()).rejects.toThrow('broken');
    offer(2);
    await idle();
    expect(done).toEqual([1, 2]);
  });
});
