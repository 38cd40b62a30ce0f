import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves when the process is to be sent SIGINT, as Ctrl-C does. */
  readonly interrupt?: () => Promise<void>;
}

/** Calls the command as a user does, from the sources. */
export async function marginalia(
  args: readonly string[],
  { env = {}, interrupt }: CallOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/index.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  if (interrupt !== undefined) {
    await interrupt();
    child.kill('SIGINT');
  }
  const [code] = await closed;
  return { code, out: out.join(''), err: err.join('') };
}
