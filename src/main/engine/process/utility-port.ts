import type { EnginePort } from './serve.ts';

/** Tells the engine that a message has arrived: a utility process has no other way to notice. */
export const TAKEN = 'taken';

/** The part of Electron's `process.parentPort` that is used. */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  postMessage(message: unknown): void;
}

/** The message port to Electron, where this process is a utility process of it; it ends with Electron. */
export function utilityPort(): EnginePort | undefined {
  const { parentPort } = process as { parentPort?: ParentPort };
  if (!parentPort) return undefined;
  let backlog = 0;
  return {
    get backlog() {
      return backlog;
    },
    send(message) {
      backlog++;
      parentPort.postMessage(message);
    },
    // Electron sends from another thread.
    flushed: () => Promise.resolve(),
    onMessage: (listener) =>
      void parentPort.on('message', ({ data }) => {
        if (data === TAKEN) backlog--;
        else listener(data);
      }),
  };
}
