/**
 * Works on the newest of what it is offered, one after another; what was offered in the meantime
 * and is no longer the newest is left out.
 */
export interface Newest<T> {
  readonly offer: (item: T) => void;
  /** Resolves when nothing is left to do; rejects with what the work threw. */
  readonly idle: () => Promise<void>;
}

/** @param work is told whether something newer came, so that it may stop early. */
export function newestFirst<T>(
  work: (item: T, isStale: () => boolean) => Promise<void>,
): Newest<T> {
  let waiting: { readonly item: T } | undefined;
  let working: Promise<void> | undefined;

  async function drain(): Promise<void> {
    try {
      while (waiting !== undefined) {
        const { item } = waiting;
        waiting = undefined;
        await work(item, () => waiting !== undefined);
      }
    } finally {
      working = undefined;
    }
  }
  return {
    offer(item) {
      waiting = { item };
      working ??= drain();
      // Who waits for the end is told.
      working.catch(() => undefined);
    },
    async idle() {
      await working;
    },
  };
}
