/**
 * Work that several may wait for; it is given up when none of them does any more.
 *
 * Written here because `fetch` of lru-cache, which also does work once for several, takes one signal
 * that gives it up for all of them.
 */
export interface SharedWork<T> {
  /** Rejects with the signal's reason when it aborts, whatever becomes of the work. */
  readonly wait: (signal?: AbortSignal) => Promise<T>;
}

export function shareWork<T>(work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
  const controller = new AbortController();
  const result = work(controller.signal);
  let waiting = 0;
  // Whoever waits hears of it; that nobody does is no fault.
  result.catch(() => undefined);
  return {
    async wait(signal) {
      waiting++;
      let stop = (): void => undefined;
      try {
        if (signal === undefined) return await result;
        const aborted = new Promise<never>((_, reject) => {
          stop = () => reject(signal.reason as Error);
          if (signal.aborted) stop();
          signal.addEventListener('abort', stop, { once: true });
        });
        return await Promise.race([result, aborted]);
      } finally {
        signal?.removeEventListener('abort', stop);
        if (--waiting === 0) controller.abort(signal?.reason);
      }
    },
  };
}
