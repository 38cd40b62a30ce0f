import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutbox } from './outbox.ts';

interface Frame {
  readonly key: string | null;
  readonly n: number;
}

const outbox = (): { sent: Frame[] } & ReturnType<typeof createOutbox<Frame>> => {
  const sent: Frame[] = [];
  return {
    sent,
    ...createOutbox<Frame>(
      ({ key }) => key,
      (frame) => sent.push(frame),
    ),
  };
};

describe('frames on their way to a slow reader', () => {
  it('go one at a time, the newest of each key', () => {
    const { sent, push, taken } = outbox();
    for (const n of [1, 2, 3]) push({ key: 'a', n });
    push({ key: 'b', n: 4 });
    push({ key: 'a', n: 5 });
    expect(sent).toEqual([{ key: 'a', n: 1 }]);
    taken();
    taken();
    // The place in the line is that of the first that waited.
    expect(sent.slice(1)).toEqual([
      { key: 'a', n: 5 },
      { key: 'b', n: 4 },
    ]);
    taken();
    push({ key: 'a', n: 6 });
    expect(sent.at(-1)).toEqual({ key: 'a', n: 6 });
  });

  const step = fc.oneof(
    fc.constant('taken' as const),
    fc.record({ key: fc.constantFrom('a', 'b', null), n: fc.nat() }),
  );

  it('lose nothing that matters, whatever the reader does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { sent, push, taken } = outbox();
        const pushed = steps.filter((s) => s !== 'taken');
        for (const s of steps)
          if (s === 'taken') taken();
          else push(s);
        for (let n = 0; n <= pushed.length; n++) taken();
        const lasting = (frames: Frame[]): Frame[] => frames.filter(({ key }) => key === null);
        expect(lasting(sent)).toEqual(lasting(pushed));
        for (const key of ['a', 'b']) {
          const of = (frames: Frame[]): Frame[] => frames.filter((frame) => frame.key === key);
          expect(of(sent).at(-1)).toEqual(of(pushed).at(-1));
        }
      }),
    );
  });

  it('hold up the sender until the reader has caught up', async () => {
    const { push, taken, until } = outbox();
    for (const n of [1, 2, 3]) push({ key: null, n });
    let isReady = false;
    const ready = until(1).then(() => (isReady = true));
    await Promise.resolve();
    expect(isReady).toBe(false);
    taken();
    await ready;
    expect(isReady).toBe(true);
  });

  it('are dropped with the stream, and whoever waits is rejected', async () => {
    const { sent, push, taken, until, drop } = outbox();
    push({ key: null, n: 1 });
    push({ key: null, n: 2 });
    const waiting = until(0);
    drop(new Error('gone'));
    taken();
    push({ key: null, n: 3 });
    await expect(waiting).rejects.toThrow('gone');
    await expect(until(0)).rejects.toThrow('gone');
    expect(sent).toHaveLength(1);
  });
});
