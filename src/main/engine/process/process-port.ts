import type { EnginePort } from './serve.ts';

export interface ProcessPortOptions {
  /** This process, which was forked by the reader. */
  readonly channel?: Pick<NodeJS.Process, 'send' | 'on' | 'once' | 'exit'>;
  /** Most milliseconds to wait for a reader who is busy. */
  readonly patience?: number;
}

/** The message port to the Node process that forked this one; the engine ends when it breaks. */
export function processPort({
  channel = process,
  patience = 50,
}: ProcessPortOptions = {}): EnginePort {
  let backlog = 0;
  let onEmpty = (): void => undefined;
  channel.once('disconnect', () => channel.exit());
  // Ctrl-C reaches the whole group; what becomes of running work is for the parent to decide.
  channel.on('SIGINT', () => undefined);
  return {
    get backlog() {
      return backlog;
    },
    send(message) {
      backlog++;
      channel.send?.(message, undefined, undefined, () => {
        if (--backlog === 0) onEmpty();
      });
    },
    // A pipe takes some hundred kilobytes in one iteration of the event loop, and maps are larger.
    flushed() {
      if (backlog === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, patience);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    onMessage: (listener) => void channel.on('message', listener),
  };
}
