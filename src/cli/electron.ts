import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hasDisplay } from './browser.ts';

/** Where Electron's package lies, undefined where it is not installed. */
export function electronFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/** Why Electron can show no window here, whether or not its executable has been fetched. */
export function windowProblem(): string | undefined {
  if (!hasDisplay(process.env, process.platform)) return 'this machine has no display';
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  return isRoot ? "Electron's sandbox does not work as root" : undefined;
}

/** Path of Electron's executable, undefined where it has not been fetched. */
export function electronExecutable(folder: string): string | undefined {
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
  const executable = join(dist, readFileSync(pathFile, 'utf8'));
  return existsSync(executable) ? executable : undefined;
}

/**
 * Fetches Electron's executable by its own install script.
 * @param limit ms it may take.
 * @returns why it is not there now, undefined where it is.
 */
export async function installElectron(folder: string, limit: number): Promise<string | undefined> {
  const script = spawn(process.execPath, [join(folder, 'install.js')], {
    stdio: ['ignore', 'inherit', 'pipe'],
    timeout: limit,
    killSignal: 'SIGKILL',
  });
  let said = '';
  script.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code, signal] = (await once(script, 'close')) as [number | null, string | null];
  if (electronExecutable(folder) !== undefined) return undefined;
  if (signal !== null) return `it took longer than ${Math.round(limit / 1000)} s`;
  const reason = /^\w*Error: (.+)$/m.exec(said)?.[1] ?? said.trim().split('\n')[0];
  return reason || `its install script ended with ${code}`;
}

/** How a window ended. */
export type WindowEnd =
  | { readonly kind: 'closed'; readonly code: number }
  /** It never came up: no sandbox, no display, a library that is missing. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A program that is killed so soon after its start has shown nobody anything. */
const SOON_MS = 10_000;
/** Of the shell and the loader: a shared library is missing. */
const CANNOT_RUN = 127;

/** Runs an application in Electron until its window is closed. */
export async function runElectron(
  executable: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<WindowEnd> {
  // Editors built on Electron set it in their terminals; it makes Electron a plain Node.
  const { ELECTRON_RUN_AS_NODE: _, ...clean } = env;
  const started = Date.now();
  const child = spawn(executable, args, { stdio: 'inherit', env: clean });
  // Ctrl-C reaches the window too, which saves and ends; this process ends after it.
  const wait = (): void => undefined;
  process.on('SIGINT', wait);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const isAsked = signal === 'SIGINT' || signal === 'SIGTERM';
    const isCrash = (signal !== null && !isAsked) || code === CANNOT_RUN;
    return isCrash && Date.now() - started < SOON_MS
      ? { kind: 'failed', reason: `it ended with ${signal ?? code}` }
      : { kind: 'closed', code: code ?? (isAsked ? 0 : 1) };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  } finally {
    process.off('SIGINT', wait);
  }
}
