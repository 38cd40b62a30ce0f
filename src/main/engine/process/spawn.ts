import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { atMost } from '../../../shared/at-most.ts';

/** A running engine process, whatever started it. */
export interface EngineChild {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when the process is gone, with what it left behind: exit status, last words. */
  onExit(listener: (reason: string) => void): void;
  kill(): void;
}

/** How to start an engine process: child_process here, utilityProcess in Electron. */
export type EngineSpawner = () => EngineChild;

const LAST_WORDS = 2000;
/** A process that is gone writes no more, but what it started may keep its stderr open. */
const REST_LIMIT_MS = 500;

/** What a process wrote last into its stderr. */
export interface LastWords {
  /** What has been read by now, '' for nothing. */
  readonly soFar: () => string;
  /**
   * Reads on to the end of the stream, for a moment at most. Electron takes all listeners off the
   * stream with the event `exit`, although the end of the text may still be on its way.
   */
  readonly rest: () => Promise<string>;
}

export function collectLastWords(stream: NodeJS.ReadableStream | null): LastWords {
  let words = '';
  let isAtEnd = stream === null;
  const collect = (text: string): void => void (words = (words + text).slice(-LAST_WORDS));
  stream?.setEncoding('utf8').on('data', collect);
  stream?.once('end', () => (isAtEnd = true));
  const soFar = (): string => words.trim();
  return {
    soFar,
    async rest() {
      // Electron takes the listeners off once those of `exit` were called; this comes after, and
      // before anything more is read.
      await Promise.resolve();
      if (stream === null || isAtEnd) return soFar();
      stream.off('data', collect).on('data', collect);
      await atMost(REST_LIMIT_MS, new Promise((resolve) => stream.once('end', resolve)));
      return soFar();
    },
  };
}

/**
 * An engine as a child process of Node.
 * @param entry the engine's main module; default: this project's own, built or from source.
 */
export function forkEngine(entry: URL = defaultEntry()): EngineChild {
  const child = fork(fileURLToPath(entry), {
    serialization: 'advanced',
    execArgv: entry.pathname.endsWith('.ts') ? ['--import', typescriptLoader()] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastWords = collectLastWords(child.stderr);
  return {
    send(message) {
      // A process that is going away is reported by onExit.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      let gone = false;
      const once = (reason: string): void => {
        if (gone) return;
        gone = true;
        listener(reason);
      };
      child.once('error', (error) => once(error.message));
      // 'close' comes after 'exit', when stderr has been read to its end.
      child.once('close', (code, signal) => {
        const words = lastWords.soFar();
        once(`${signal ?? `exit code ${code}`}${words === '' ? '' : `: ${words}`}`);
      });
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function defaultEntry(): URL {
  const built = !import.meta.url.endsWith('.ts');
  return new URL(built ? './engine.js' : './main.ts', import.meta.url);
}

/** Resolved from here: a command may be called from any folder. */
function typescriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
