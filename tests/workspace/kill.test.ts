import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import { bundled } from './bundled.ts';
import { changesIn, DAY, imaginedDay } from './session.ts';
import { close, newFolder, open } from './stack.ts';

const KILLS = 200;

let built: string;
let program: string;
beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'marginalia-built-'));
  program = await bundled('painter.ts', built);
});
afterAll(() => rmSync(built, { recursive: true }));

interface When {
  /** Acknowledged steps to wait for, or none: then the milliseconds count from the start. */
  readonly steps: number;
  readonly milliseconds: number;
}

/** Lets a painter work until then. @returns the last change that it acknowledged, or 0. */
async function paintUntilKilled(folder: string, { steps, milliseconds }: When): Promise<number> {
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let problem = '';
  child.stderr.on('data', (data: Buffer) => (problem += data.toString()));
  await new Promise<void>((resolve) => {
    if (steps === 0) resolve();
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.split('\n').length > steps) resolve();
    });
    child.on('exit', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill('SIGKILL');
  const ended = child.exitCode === null ? once(child, 'close') : undefined;
  await ended;
  expect(problem).toBe('');
  // A number that is cut off was not acknowledged.
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
}

describe('a painter that is killed at any moment', () => {
  it(`loses nothing that was acknowledged, ${KILLS} times`, { timeout: 3_600_000 }, async () => {
    const folder = newFolder();
    const random = keyedState('kills');
    const below = (n: number): number => (nextInt32(random) >>> 0) % n;
    const day = imaginedDay();
    let acknowledged = 0;
    let inTheAir = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const when =
        below(4) === 0
          ? { steps: 0, milliseconds: below(400) }
          : { steps: 1 + below(30), milliseconds: below(8) };
      acknowledged = Math.max(acknowledged, await paintUntilKilled(folder, when));

      const workspace = open(folder);
      expect(workspace.recovery).toBeUndefined();
      const kept = changesIn(workspace);
      expect(kept === acknowledged || kept === acknowledged + 1).toBe(true);
      inTheAir += kept - acknowledged;
      while (day.changes < kept) day.take();
      if (kept > 0) {
        const labels = day.state.labels.map((_, k) => workspace.slices.read(DAY.stack, k));
        expect(labels.every((slice, k) => Buffer.compare(slice, day.state.labels[k]!) === 0)).toBe(
          true,
        );
        expect(workspace.slices.reviews(DAY.stack)).toEqual(day.state.reviews);
      }
      // What was whole in the air counts as done from here on.
      acknowledged = kept;
      close(workspace);
    }
    expect(acknowledged).toBeGreaterThan(KILLS);

    const workspace = open(folder);
    while (workspace.journal.undo(DAY.stack) !== undefined);
    expect(workspace.slices.painted(DAY.stack)).toEqual([]);
    expect(workspace.slices.reviews(DAY.stack).every((state) => state === 'unseen')).toBe(true);
    process.stdout.write(`${acknowledged} changes, ${inTheAir} whole though in the air\n`);
  });
});
