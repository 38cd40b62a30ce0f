import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives memory that nobody holds any more back to the system. V8 looks for it only when much is
 * allocated, which may be never where a program waits for its user: some ten milliseconds.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
