import { powerSaveBlocker } from 'electron';
import type { StreamName } from '../../shared/contract/index.ts';
import type { Session } from '../services/workstation/index.ts';

/** Work that takes minutes while nobody touches the machine. */
const LONG: readonly StreamName[] = ['suggestions.run', 'learning.run', 'export.run'];

type Stream = (...args: readonly never[]) => Promise<unknown>;

/** The same session, during whose long work the system does not fall asleep; the screen may. */
export function withoutSleep(session: Session): Session {
  const awake =
    (work: Stream): Stream =>
    async (...args) => {
      const blocker = powerSaveBlocker.start('prevent-app-suspension');
      try {
        return await work(...args);
      } finally {
        powerSaveBlocker.stop(blocker);
      }
    };
  const kept = LONG.map((name) => [name, awake(session.streams[name] as Stream)]);
  return { ...session, streams: { ...session.streams, ...Object.fromEntries(kept) } };
}
