import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { START_REPORT } from '../shared/contract/desktop.ts';
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

/** Where Electron's executable lies in its distribution, as its install script writes it. */
const EXECUTABLES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/**
 * Path of Electron's executable, undefined where it has not been fetched. Another distribution
 * (`ELECTRON_OVERRIDE_DIST_PATH`) has no `path.txt`, which the install script writes.
 */
export function electronExecutable(folder: string): string | undefined {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const pathFile = join(folder, 'path.txt');
  if (dist === undefined && !existsSync(pathFile)) return undefined;
  const inside = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8')
    : (EXECUTABLES[process.platform] ?? 'electron');
  const executable = join(dist ?? join(folder, 'dist'), inside);
  return existsSync(executable) ? executable : undefined;
}

/**
 * Fetches Electron's executable by its install script.
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
  // Its install script is written for Node 22.12; Node 20.19 runs it, those between do not.
  if (said.includes('ERR_REQUIRE_ESM')) {
    return `its install script needs Node 22.12 or newer, this is ${process.version}`;
  }
  const reason = /^\w*Error: (.+)$/m.exec(said)?.[1] ?? said.trim().split('\n')[0];
  return reason || `its install script ended with ${code}`;
}

/** How a window ended. */
export type WindowEnd =
  | { readonly kind: 'closed'; readonly code: number }
  /** It never came up: no sandbox, no display, a library that is missing. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Runs an application in Electron until its window is closed. One that ends before the user has seen
 * anything of it (it reports that: `START_REPORT`) has failed, whatever its exit code.
 */
export async function runElectron(
  executable: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<WindowEnd> {
  // Editors built on Electron set it in their terminals; it makes Electron a plain Node.
  const { ELECTRON_RUN_AS_NODE: _, ...clean } = env;
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-start-'));
  const report = join(folder, 'report');
  const child = spawn(executable, args, {
    stdio: 'inherit',
    env: { ...clean, [START_REPORT]: report },
  });
  // Ctrl-C reaches the window too, which saves and ends; this process ends after it.
  let isInterrupted = false;
  const wait = (): void => void (isInterrupted = true);
  process.on('SIGINT', wait);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const isAsked = isInterrupted || signal === 'SIGINT' || signal === 'SIGTERM';
    return existsSync(report) || isAsked
      ? { kind: 'closed', code: code ?? (isAsked ? 0 : 1) }
      : { kind: 'failed', reason: whyNoWindow(signal ?? code, executable) };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  } finally {
    process.off('SIGINT', wait);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ubuntu since 23.10: programs without an AppArmor profile may not create user namespaces. */
const RESTRICTED = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';

/**
 * Why Electron ended before it showed a window, and the way out.
 * @param restricted path of the file that says whether the system forbids namespaces; for tests.
 */
export function whyNoWindow(
  end: NodeJS.Signals | number | null,
  executable: string,
  restricted = RESTRICTED,
): string {
  const plain = `it ended with ${end} before it showed anything`;
  if (end !== 'SIGTRAP' || !existsSync(restricted)) return plain;
  if (readFileSync(restricted, 'utf8').trim() !== '1') return plain;
  const helper = join(dirname(executable), 'chrome-sandbox');
  return (
    `AppArmor forbids its sandbox, as on Ubuntu since 23.10; to allow it, run ` +
    `\`sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'\``
  );
}
