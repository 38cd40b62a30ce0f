import { writeSync } from 'node:fs';

const STDERR = 2;

/**
 * Ends this process with what went wrong when a promise rejects and nobody waits for it: nobody knows
 * what state it is in. Node does so; a utility process of Electron warns only, since Electron 37.
 */
export function endOnUnhandledRejection(): void {
  process.on('unhandledRejection', (reason) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    try {
      // At once: on Windows a stream would be cut off by the end.
      writeSync(STDERR, `${text}\n`);
    } catch {
      // Nobody reads it.
    }
    process.exit(1);
  });
}
