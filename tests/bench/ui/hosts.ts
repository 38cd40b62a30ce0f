import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface BenchHost {
  /** Where its page is. */
  readonly url: string;
  /** What it says next. */
  readonly next: () => Promise<string>;
  readonly end: () => Promise<void>;
}

/** Starts a host as a process of its own. @param args of node. */
export async function startHost(args: readonly string[]): Promise<BenchHost> {
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error('The host ended too early.');
    return line.value;
  };
  const end = async (): Promise<void> => {
    if (host.exitCode === null && host.kill('SIGTERM')) await once(host, 'exit');
  };
  return { url: (await next()).replace(/^Open /, ''), next, end };
}
