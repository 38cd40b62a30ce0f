import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bundledProgram } from '../support/bundled.ts';
import { close, newFolder, open, prepared, stripe, stroke, ID } from './stack.ts';

interface Holder {
  readonly child: ChildProcessWithoutNullStreams;
  readonly says: () => Promise<string>;
}

const program = bundledProgram(join(import.meta.dirname, 'holder.ts'));
const running: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function hold(folder: string): Holder {
  const child = spawn(process.execPath, [program(), folder]);
  running.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, says: async () => String((await lines.next()).value) };
}

const inUse = (message: RegExp, hint = /./): Error =>
  expect.objectContaining({
    code: 'workspace-in-use',
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  }) as Error;

/** The file of the present owner. */
const ownerFile = (folder: string): string =>
  join(folder, 'lock', readdirSync(join(folder, 'lock')).at(-1)!);

/** Leaves a lock as another process would. */
function pretend(folder: string, change: Record<string, unknown>): string {
  close(open(folder));
  const workspace = open(folder);
  const owner = JSON.parse(readFileSync(ownerFile(folder), 'utf8')) as Record<string, unknown>;
  close(workspace);
  const file = ownerFile(folder);
  writeFileSync(file, JSON.stringify({ ...owner, ...change }));
  return file;
}

/** Sets the clock to so many milliseconds after a file was written. */
function afterWriting(file: string, milliseconds: number): void {
  const written = new Date('2026-01-01T12:00:00Z');
  utimesSync(file, written, written);
  vi.useFakeTimers({ toFake: ['Date'], now: written.getTime() + milliseconds });
}
afterEach(() => vi.useRealTimers());

describe('a workspace in use', () => {
  it('by another process is refused, naming it; and free once it was closed there', async () => {
    const folder = newFolder();
    const holder = hold(folder);
    expect(await holder.says()).toBe('open');
    expect(() => open(folder)).toThrow(
      inUse(new RegExp(`by process ${holder.child.pid} on ${hostname()}, since 20`)),
    );
    holder.child.stdin.write('close\n');
    expect(await holder.says()).toBe('closed');
    close(open(folder));
  });

  it('by a process that was killed is taken over, with all it wrote', async () => {
    const folder = newFolder();
    const workspace = prepared(folder);
    stroke(workspace, 0, stripe(1, 0, 9));
    close(workspace);
    const holder = hold(folder);
    expect(await holder.says()).toBe('open');
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    expect(open(folder).slices.read(ID, 0)).toEqual(stripe(1, 0, 9));
  });

  it('by this process is refused as well', () => {
    const folder = newFolder();
    const workspace = open(folder);
    expect(() => open(folder)).toThrow(inUse(new RegExp(`by process ${process.pid} `)));
    close(workspace);
    close(open(folder));
  });

  it('goes to one of many that want it when its owner is dead', async () => {
    const folder = newFolder();
    for (let round = 0; round < 3; round++) {
      const first = hold(folder);
      expect(await first.says()).toBe('open');
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const holders = Array.from({ length: 6 }, () => hold(folder));
      const said = await Promise.all(holders.map(({ says }) => says()));
      expect(said.sort()).toEqual(
        ['open', ...new Array<string>(5).fill('workspace-in-use')].sort(),
      );
      for (const { child } of holders) {
        if (child.exitCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
  });

  it('on another computer is refused, with how to free it', () => {
    const folder = newFolder();
    pretend(folder, { host: 'elsewhere', pid: 4711 });
    expect(() => open(folder)).toThrow(
      inUse(/process 4711 on elsewhere/, /delete the folder .*lock/),
    );
  });

  it('in another container is taken over when it no longer gives signs of life', () => {
    const folder = newFolder();
    const file = pretend(folder, { space: 'pid:[1]', pid: 4711 });
    afterWriting(file, 90_000);
    expect(() => open(folder)).toThrow(inUse(/process 4711/, /90 s/));
    afterWriting(file, 90_001);
    close(open(folder));
  });

  it.runIf(process.platform === 'linux')(
    'by a number that another process has by now is taken over',
    () => {
      const folder = newFolder();
      pretend(folder, { pid: process.ppid, began: 'another boot 1' });
      close(open(folder));
    },
  );

  it('by a lock that a crash left half written is taken over after a while', () => {
    const folder = newFolder();
    const file = pretend(folder, {});
    writeFileSync(file, '{"pid": 12');
    afterWriting(file, 5000);
    expect(() => open(folder)).toThrow(inUse(/opening/));
    afterWriting(file, 5001);
    close(open(folder));
  });
});
