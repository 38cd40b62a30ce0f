import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { beforeAll } from 'vitest';
import { requireBuilt } from '../support/built.ts';

beforeAll(requireBuilt, 300_000);

const root = resolve(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts the built command, as a user does. */
export const startMarginalia = (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, ['bin/marginalia.mjs', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Calls the command and waits for its end. */
export async function marginalia(
  args: readonly string[],
  { env = {} }: CallOptions = {},
): Promise<Outcome> {
  const child = startMarginalia(args, env);
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: out.join(''), err: err.join('') };
}
