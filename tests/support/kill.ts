import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Ending {
  /** Where the program waited and was killed; undefined where it came to its end. */
  readonly at: string | undefined;
  /** What it said before, line by line. */
  readonly said: readonly string[];
}

/**
 * Runs a program that may stop by `waitToBeKilled`, and kills it there: at a place of its own, not
 * at a time.
 * @throws where it ended in any other way than that, or by coming to its end.
 */
export async function killWhereItWaits(program: string, args: readonly string[]): Promise<Ending> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const said: string[] = [];
  let at: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('at ')) {
      at = line.slice(3);
      child.kill('SIGKILL');
    } else said.push(line);
  }
  await closed;
  const asMeant = at === undefined ? child.exitCode === 0 : child.signalCode === 'SIGKILL';
  if (asMeant) return { at, said };
  throw new Error(`The program ended by ${child.signalCode ?? `code ${child.exitCode}`}, ${at}.`);
}
