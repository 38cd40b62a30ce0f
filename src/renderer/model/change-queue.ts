import { isHostGone } from './host-away.ts';

/** Changes on their way to the host: sent one after another, kept while the host is away. */
export interface ChangeQueue {
  /** Runs work once everything enqueued before it has ended, whether that succeeded or failed. */
  enqueue<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs work again whenever `retry` is called, until it no longer fails because the host is away.
   * The host must do what it asks for only once (changes carry a step id for that).
   * @param isWanted whether the work is still worth waiting for.
   * @throws what the work throws, `host-gone` only where it is not wanted any more.
   */
  untilAnswered<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T>;
  /** Everything that waits for the host is tried once more. */
  retry(): void;
}

export function createChangeQueue(): ChangeQueue {
  const waiting: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return {
    enqueue(work) {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    },
    async untilAnswered(work, isWanted) {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isHostGone(error) || !isWanted()) throw error;
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
      }
    },
    retry: () => waiting.splice(0).forEach((resolve) => resolve()),
  };
}
