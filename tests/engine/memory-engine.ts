import type { EngineChild, EngineSpawner } from '../../src/main/engine/process/spawn.ts';
import { serveEngine, type EngineBundle } from '../../src/main/engine/process/serve.ts';

export interface MemoryEngines {
  readonly spawn: EngineSpawner;
  /** Processes started so far. */
  readonly started: number;
  /** Ends the present one as a crash does: nothing more is heard of it. */
  crash(): void;
}

/**
 * Engine processes without processes: messages are cloned and arrive later, as on a line.
 * @param now their clock: by default time stands still.
 */
export function memoryEngines(
  readBundle: (
    folder: string,
    crash: () => void,
    adapters?: string,
    threads?: number,
  ) => Promise<EngineBundle>,
  now: () => number = () => 0,
): MemoryEngines {
  let started = 0;
  let crashLast = (): void => undefined;
  const spawn = (): EngineChild => {
    started++;
    let alive = true;
    let toParent: (message: unknown) => void = () => undefined;
    let toEngine: (message: unknown) => void = () => undefined;
    let onExit: (reason: string) => void = () => undefined;
    const deliver = (message: unknown, receiver: (message: unknown) => void): void => {
      if (!alive) return;
      const copy: unknown = structuredClone(message);
      setImmediate(() => receiver(copy));
    };
    const end = (reason: string): void => {
      if (!alive) return;
      alive = false;
      setImmediate(() => onExit(reason));
    };
    const crash = (): void => end('SIGSEGV');
    serveEngine(
      {
        backlog: 0,
        flushed: () => Promise.resolve(),
        send: (message) => deliver(message, (m) => toParent(m)),
        onMessage: (listener) => void (toEngine = listener),
      },
      async (folder, adapters, threads) => {
        const bundle = await readBundle(folder, crash, adapters, threads);
        return {
          ...bundle,
          async open(device) {
            const model = await bundle.open(device);
            return {
              ...model,
              // Nothing runs on in a dead process.
              forward: (items) => (alive ? model.forward(items) : new Promise(() => undefined)),
            };
          },
        };
      },
      { now },
    );
    crashLast = crash;
    return {
      send: (message) => deliver(message, (m) => toEngine(m)),
      onMessage: (listener) => void (toParent = listener),
      onExit: (listener) => void (onExit = listener),
      kill: () => end('SIGKILL'),
    };
  };
  return {
    spawn,
    get started() {
      return started;
    },
    crash: () => crashLast(),
  };
}
