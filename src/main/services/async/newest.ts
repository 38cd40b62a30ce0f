import PQueue from 'p-queue';

/**
 * Works on the newest of what it is offered, one after another; what was offered in the meantime
 * and is no longer the newest is left out.
 */
export interface Newest<T> {
  readonly offer: (item: T) => void;
  /** Resolves when nothing is left to do; rejects with what the work on the newest item threw. */
  readonly idle: () => Promise<void>;
}

/** @param work `isStale` tells it that something newer came, so that it may stop early. */
export function newestFirst<T>(
  work: (item: T, isStale: () => boolean) => Promise<void>,
): Newest<T> {
  const queue = new PQueue({ concurrency: 1 });
  let newest: Promise<void> = Promise.resolve();
  return {
    offer(item) {
      queue.clear();
      newest = queue.add(() => work(item, () => queue.size > 0));
      // Whoever waits in `idle` hears of it.
      newest.catch(() => undefined);
    },
    idle: () => newest,
  };
}
