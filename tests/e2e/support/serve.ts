import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export interface Host {
  /** The address that the host prints: a key to everything that is open. */
  readonly url: string;
  readonly pid: number;
  /** Ends the host without a warning. */
  kill(): Promise<void>;
  /** Asks the host to end, and waits. */
  stop(): Promise<void>;
}

export interface HostOptions {
  readonly pages: string;
  readonly roots: readonly string[];
  readonly workspace: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What the page opens at first. */
  readonly open?: readonly string[];
}

/** Starts `marginalia serve` as a process of its own. @throws what it said, where it ends at once. */
export async function startHost({
  pages,
  roots,
  workspace,
  port,
  open = [],
}: HostOptions): Promise<Host> {
  const args = [
    'bin/marginalia.mjs',
    'serve',
    '--port',
    `${port}`,
    ...roots.flatMap((root) => ['--root', root]),
    '--workspace',
    workspace,
    '--pages',
    pages,
    ...open,
  ];
  const child = spawn(process.execPath, args, {
    cwd: resolve(import.meta.dirname, '../../..'),
  });
  const url = await new Promise<string>((found, reject) => {
    let said = '';
    const listen = (text: Buffer): void => {
      said += text.toString();
      const address = /^Open (http:\S+)$/m.exec(said)?.[1];
      if (address !== undefined) found(address);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('close', () => reject(new Error(`The host ended before it said where: ${said}`)));
  });
  return {
    url,
    pid: child.pid!,
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
