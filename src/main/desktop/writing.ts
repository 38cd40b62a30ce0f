import { setTimeout } from 'node:timers/promises';
import type { CallName, StreamName } from '../../shared/contract/index.ts';
import { EDITS, type Session } from '../services/workstation/index.ts';

/** What must not be cut off. Suggesting and learning may: what they keep is whole or not there. */
const WRITING: ReadonlySet<CallName | StreamName> = new Set([
  'settings.change',
  'recents.forget',
  ...EDITS,
  'suggestions.clear',
  'learning.keep',
  'versions.use',
  'versions.rename',
  'versions.remove',
  'versions.export',
  'versions.import',
  'export.run',
] as const);

/** The page sends the next of its edits when one is answered, which takes it a moment. */
const QUIET_MS = 100;

type Work = (...args: readonly never[]) => unknown;

export interface Writing {
  /** The same session, watched. */
  readonly session: Session;
  readonly isUnderWay: () => boolean;
  /** Resolves once nothing has been written for a moment. */
  readonly settled: () => Promise<void>;
}

export function watchWriting(session: Session): Writing {
  const underWay = new Set<Promise<unknown>>();
  /** How many writes have ended. */
  let ended = 0;
  const watched =
    (work: Work): Work =>
    (...args) => {
      // Also what throws at once is a rejection.
      const done = (async () => work(...args))();
      const settled = done
        .catch(() => undefined)
        .finally(() => {
          underWay.delete(settled);
          ended++;
        });
      underWay.add(settled);
      return done;
    };
  const watch = <T extends object>(handlers: T): T =>
    Object.fromEntries(
      Object.entries(handlers).map(([name, work]: [string, Work]) =>
        WRITING.has(name as CallName) ? [name, watched(work)] : [name, work],
      ),
    ) as T;

  return {
    session: { ...session, calls: watch(session.calls), streams: watch(session.streams) },
    isUnderWay: () => underWay.size > 0,
    async settled() {
      let before: number;
      do {
        await Promise.all(underWay);
        before = ended;
        await setTimeout(QUIET_MS);
        // What began and ended in the meantime was no quiet: its answer may be on its way yet.
      } while (underWay.size > 0 || ended > before);
    },
  };
}
