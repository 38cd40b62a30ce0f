/**
 * One thing that can be in one state at a time, such as an engine with one model loaded. Work that
 * needs the same state goes on side by side; work that needs another waits until it has ended. First
 * come, first served: nobody waits for those who came later.
 */
export interface Turns {
  /** @throws the signal's reason where it aborts before the work has begun. */
  readonly run: <T>(state: string, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
}

interface Waiting {
  readonly state: string;
  readonly begin: () => void;
}

export function createTurns(): Turns {
  let current: string | undefined;
  let active = 0;
  let queue: Waiting[] = [];

  /** Lets in everybody who needs what the first in line needs. */
  function admit(): void {
    if (active > 0 || queue[0] === undefined) return;
    current = queue[0].state;
    const admitted = queue.filter(({ state }) => state === current);
    queue = queue.filter(({ state }) => state !== current);
    active = admitted.length;
    for (const { begin } of admitted) begin();
  }

  function enter(state: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        queue = queue.filter((other) => other !== own);
        reject(signal?.reason as Error);
      };
      const own: Waiting = {
        state,
        begin: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted) return reject(signal.reason as Error);
      if (queue.length === 0 && active > 0 && current === state) {
        active++;
        return resolve();
      }
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(own);
      admit();
    });
  }

  return {
    async run(state, work, signal) {
      await enter(state, signal);
      try {
        return await work();
      } finally {
        active--;
        admit();
      }
    },
  };
}
