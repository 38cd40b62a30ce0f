import { expect, it, vi } from 'vitest';
import { PATIENT } from '../../../tests/support/patient.ts';
import { onceSettled } from './once-settled.ts';

it.each(['resolve', 'reject'] as const)(
  'an end is held up until the work does %s, and asked for again',
  async (how) => {
    let finish!: { resolve: () => void; reject: () => void };
    const promise = new Promise<void>((resolve, reject) => (finish = { resolve, reject }));
    const work = vi.fn(() => promise);
    const again = vi.fn();
    const handler = onceSettled(work, again);
    const attempt = (): boolean => {
      const preventDefault = vi.fn();
      handler({ preventDefault });
      return preventDefault.mock.calls.length === 0;
    };
    expect([attempt(), attempt()]).toEqual([false, false]);
    expect(work).toHaveBeenCalledTimes(1);
    expect(again).not.toHaveBeenCalled();
    finish[how]();
    await vi.waitFor(() => expect(again).toHaveBeenCalledTimes(1), PATIENT);
    expect(attempt()).toBe(true);
    expect(work).toHaveBeenCalledTimes(1);
  },
);
