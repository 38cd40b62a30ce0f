import type { EnginePort } from './serve.ts';

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
    onMessage: (listener) => void process.on('message', listener),
  };
}
