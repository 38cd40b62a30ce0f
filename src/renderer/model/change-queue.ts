import { MarginaliaError } from '../../shared/errors.ts';

/** What reaches the host one after another, and waits for it where it is away. */
export interface Line {
  /** Does something when everything before it is done. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Does what the host does once however often it is asked: again when it was found again.
   * @param isWanted whether it is worth waiting for.
   */
  untilKept<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T>;
  /** What waits for the host tries once more. */
  letGo(): void;
}

export function createLine(): Line {
  const held: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return {
    inTurn(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    async untilKept(work, isWanted) {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isHostGone(error) || !isWanted()) throw error;
          await new Promise<void>((go) => held.push(go));
        }
      }
    },
    letGo: () => held.splice(0).forEach((go) => go()),
  };
}

const isHostGone = (error: unknown): boolean =>
  error instanceof MarginaliaError && error.code === 'host-gone';

/** What cannot wait for the host. @param what the user asked for. */
export const hostAway = (what: string): MarginaliaError =>
  new MarginaliaError(
    'host-away',
    `“${what}” needs Marginalia itself, which does not answer.`,
    'Strokes, decisions and undo wait until it is back; try this again then.',
  );

/** An error in the words of what the user asked for, where it is that the host is away. */
export const orAway = (error: unknown, what: string): unknown =>
  isHostGone(error) ? hostAway(what) : error;
