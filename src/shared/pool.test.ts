import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mapLimited } from './pool.ts';

it('gives results in the order of the items, a limited number under way at once', async () => {
  let now = 0;
  let most = 0;
  const results = await mapLimited([5, 1, 4, 2, 3], 2, async (ticks, index) => {
    most = Math.max(most, ++now);
    for (let i = 0; i < ticks; i++) await setImmediate();
    now--;
    return `${index}:${ticks}`;
  });
  expect(results).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
});

it('begins nothing after an error, and throws it when what was under way has ended', async () => {
  const begun: number[] = [];
  let ended = 0;
  const run = mapLimited([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await setImmediate();
    if (item === 1) throw new Error('one');
    for (let i = 0; i < 5; i++) await setImmediate();
    ended++;
  });
  await expect(run).rejects.toThrow('one');
  expect([begun, ended]).toEqual([[0, 1], 1]);
});

it('has nothing to do without items', async () => {
  expect(await mapLimited([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
