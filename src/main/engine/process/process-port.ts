import { setTimeout } from 'node:timers/promises';
import type { EnginePort } from './serve.ts';

/** Most milliseconds to wait for a reader who is busy. */
const PATIENCE = 50;

/** The line to the Node process that forked this one; the engine ends when it breaks. */
export function processPort(): EnginePort {
  let backlog = 0;
  process.once('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group; what becomes of running work is for the parent to decide.
  process.on('SIGINT', () => undefined);
  return {
    get backlog() {
      return backlog;
    },
    send(message) {
      backlog++;
      process.send?.(message, undefined, undefined, () => backlog--);
    },
    // A pipe takes some hundred kilobytes in a turn of the event loop, and maps are larger.
    async flushed() {
      const end = performance.now() + PATIENCE;
      while (backlog > 0 && performance.now() < end) await setTimeout(1);
    },
    onMessage: (listener) => void process.on('message', listener),
  };
}
