/**
 * A queue of frames with back-pressure: one is under way until its reader acknowledges it; of those
 * that wait, a newer one takes the place of an older one of the same key (conflation).
 *
 * Written here because p-queue can bound how many wait, but not replace one that waits.
 */
export interface Outbox<F> {
  readonly push: (frame: F) => void;
  /** The reader has taken in a frame: the next may go. */
  readonly taken: () => void;
  /** Resolves once at most `most` frames wait. */
  readonly until: (most: number) => Promise<void>;
  /** Forgets what waits; nothing is delivered any more, whoever waits is rejected. */
  readonly drop: (reason: Error) => void;
}

/**
 * @param keyOf frames of one key replace each other, in the place of the oldest; those of null are
 *   all delivered.
 */
export function createOutbox<F>(
  keyOf: (frame: F) => string | null,
  deliver: (frame: F) => void,
): Outbox<F> {
  const waiting = new Map<string | symbol, F>();
  let readers: { most: number; resolve: () => void; reject: (reason: Error) => void }[] = [];
  let isUnderWay = false;
  let dropped: Error | undefined;

  const settle = (): void => {
    const ready = readers.filter(({ most }) => waiting.size <= most);
    readers = readers.filter(({ most }) => waiting.size > most);
    for (const { resolve } of ready) resolve();
  };
  const next = (): void => {
    const [first] = waiting;
    if (isUnderWay || first === undefined) return;
    waiting.delete(first[0]);
    isUnderWay = true;
    deliver(first[1]);
    settle();
  };
  return {
    push(frame) {
      if (dropped) return;
      waiting.set(keyOf(frame) ?? Symbol('frame'), frame);
      next();
    },
    taken() {
      isUnderWay = false;
      next();
    },
    until: (most) =>
      new Promise((resolve, reject) => {
        if (dropped) reject(dropped);
        else if (waiting.size <= most) resolve();
        else readers.push({ most, resolve, reject });
      }),
    drop(reason) {
      dropped = reason;
      waiting.clear();
      for (const { reject } of readers) reject(reason);
      readers = [];
    },
  };
}
