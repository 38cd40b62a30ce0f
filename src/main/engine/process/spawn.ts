import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

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

/** What was written last into a stream, '' for none. */
export function lastWordsOf(stream: NodeJS.ReadableStream | null): () => string {
  let words = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS);
  });
  return () => words.trim();
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
  const lastWords = lastWordsOf(child.stderr);
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
        const words = lastWords();
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
