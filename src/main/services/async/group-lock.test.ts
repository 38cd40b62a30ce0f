import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupLock } from './group-lock.ts';

/** Work that the test ends, and what has begun of it. */
function bench() {
  const lock = createGroupLock();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, signal?: AbortSignal): Promise<void> =>
    lock.run(
      name[0]!,
      () => {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      },
      signal,
    );
  return { begun, run, end: (name: string) => ends.get(name)!() };
}

describe('a group lock', () => {
  it('lets work of one group run side by side, and holds back that of another', async () => {
    const { begun, run, end } = bench();
    const all = ['a1', 'a2', 'b1'].map((name) => run(name));
    await setImmediate();
    expect(begun).toEqual(['a1', 'a2']);
    end('a1');
    await setImmediate();
    expect(begun).toEqual(['a1', 'a2']);
    end('a2');
    await setImmediate();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    end('b1');
    await Promise.all(all);
  });

  it('lets nobody overtake who waits', async () => {
    const { begun, run, end } = bench();
    for (const name of ['a1', 'b1', 'a2', 'b2']) void run(name);
    await setImmediate();
    expect(begun).toEqual(['a1']);
    end('a1');
    await setImmediate();
    expect(begun).toEqual(['a1', 'b1', 'b2']);
    end('b1');
    end('b2');
    await setImmediate();
    expect(begun.at(-1)).toBe('a2');
  });

  it('is given up by who does not want it any more', async () => {
    const { begun, run, end } = bench();
    void run('a1');
    const controller = new AbortController();
    const waiting = run('b1', controller.signal);
    void run('a2');
    controller.abort(new Error('no'));
    await expect(waiting).rejects.toThrow('no');
    await expect(run('a3', controller.signal)).rejects.toThrow('no');
    end('a1');
    await setImmediate();
    expect(begun).toEqual(['a1', 'a2']);
  });

  it('is released by work that fails', async () => {
    const lock = createGroupLock();
    const failing = lock.run('a', () => Promise.reject(new Error('broken')));
    const next = lock.run('b', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('never mixes groups, and admits everybody', async () => {
    const job = fc.record({ state: fc.constantFrom('a', 'b', 'c'), ticks: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 20 }), async (jobs) => {
        const lock = createGroupLock();
        const under: string[] = [];
        let mixed = false;
        const done = await Promise.all(
          jobs.map(({ state, ticks }) =>
            lock.run(state, async () => {
              under.push(state);
              mixed ||= under.some((other) => other !== state);
              for (let n = 0; n < ticks; n++) await Promise.resolve();
              under.splice(under.indexOf(state), 1);
              return true;
            }),
          ),
        );
        expect(mixed).toBe(false);
        expect(done).toHaveLength(jobs.length);
      }),
    );
  });
});
