/**
 * A lock for group mutual exclusion (Joung, "Asynchronous group mutual exclusion", 1998): a resource
 * that can be in one state at a time, such as an engine with one model loaded. Work that needs the same state runs
 * side by side; work that needs another waits until it has ended. First come, first served: nobody
 * waits for those who came later.
 *
 * Written here because async-mutex and p-queue know exclusive access and a limit on how many run,
 * but no access that is shared by those who ask for the same state.
 */
export interface GroupLock {
  /** @throws the signal's reason where it aborts before the work has begun. */
  readonly run: <T>(group: string, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
}

interface Waiter {
  readonly group: string;
  readonly begin: () => void;
}

export function createGroupLock(): GroupLock {
  let current: string | undefined;
  let active = 0;
  let queue: Waiter[] = [];

  /** Admits everybody of the group of whoever is first in the queue. */
  function admit(): void {
    if (active > 0 || queue[0] === undefined) return;
    current = queue[0].group;
    const admitted = queue.filter(({ group }) => group === current);
    queue = queue.filter(({ group }) => group !== current);
    active = admitted.length;
    for (const { begin } of admitted) begin();
  }

  function acquire(group: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        queue = queue.filter((other) => other !== waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        group,
        begin: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted) return reject(signal.reason as Error);
      if (queue.length === 0 && active > 0 && current === group) {
        active++;
        return resolve();
      }
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(waiter);
      admit();
    });
  }

  return {
    async run(group, work, signal) {
      await acquire(group, signal);
      try {
        return await work();
      } finally {
        active--;
        admit();
      }
    },
  };
}
