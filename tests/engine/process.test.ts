import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkEngine } from '../../src/main/engine/process/spawn.ts';
import {
  startEngine,
  type Engine,
  type EngineNotice,
  type EngineRequest,
} from '../../src/main/engine/process/supervisor.ts';
import type { FakeEngineOptions } from './fake-engine.ts';

const entry = new URL('./fake-engine.ts', import.meta.url);
const root = new URL('../..', import.meta.url);

const SIZE = 224;

function request(side: number, samples: number): EngineRequest {
  return {
    slice: {
      rows: side,
      columns: side,
      pixels: Int16Array.from({ length: side * side }, (_, i) => i % 256),
      window: { centre: 128, width: 256 },
    },
    prompts: ['liver', 'left kidney'],
    samples,
    seed: 1,
    sliceKey: 'slice',
    tolerance: 0,
    priority: 0,
    preview: true,
  };
}

/**
 * Gives the most milliseconds of processor time between two turns of the event loop since then: how
 * long a question would have waited here, whatever other programs do on the machine.
 */
function watchTurns(): () => number {
  let longest = 0;
  let timer: NodeJS.Timeout;
  const turn = (before: NodeJS.CpuUsage): void => {
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    timer = globalThis.setTimeout(turn, 1, process.cpuUsage());
  };
  timer = globalThis.setTimeout(turn, 1, process.cpuUsage());
  return () => {
    clearTimeout(timer);
    return longest;
  };
}

describe('the engine as a process', () => {
  let folder: string;
  let engine: Engine;
  let notices: EngineNotice[];

  const write = (options: FakeEngineOptions): void =>
    writeFileSync(join(folder, 'options.json'), JSON.stringify(options));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'marginalia-'));
    notices = [];
    engine = startEngine({
      spawn: () => forkEngine(entry),
      onNotice: (notice) => notices.push(notice),
    });
  });
  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  // Collecting garbage and compiling count as well, now and then; predicting would block every time.
  it('leaves the main process free to answer while it predicts', { retry: 4 }, async () => {
    write({ size: SIZE, busy: 4 });
    await engine.load(folder, 'cpu');
    await engine.predict(request(512, 2)).result;
    const busy = watchTurns();
    let frames = 0;
    const final = await engine.predict(
      { ...request(512, 60), priority: 1 },
      { onFrame: () => frames++ },
    ).result;
    const longest = busy();
    expect(frames).toBeGreaterThan(3);
    expect(final.maps.map((m) => m.probability.length)).toEqual([512 * 512, 512 * 512]);
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(20);
  });

  // A pipe takes a part of a frame in each turn of the event loop, and a run blocks it.
  it('sends a frame before it goes on', { retry: 4 }, async () => {
    write({ size: SIZE, busy: 50 });
    await engine.load(folder, 'cpu');
    const runs = (): number => Number(readFileSync(join(folder, 'runs'), 'utf8'));
    let first: number | undefined;
    await engine.predict(request(1024, 60), { onFrame: () => (first ??= runs()) }).result;
    expect(first).toBeLessThan(4);
    expect(runs()).toBeGreaterThan(8);
  });

  it('is restarted after a real crash, whose last words are passed on', async () => {
    write({ size: 16, busy: 1 });
    await engine.load(folder, 'cpu');
    const expected = await engine.predict(request(16, 40)).result;
    writeFileSync(join(folder, 'die'), '');
    const again = await engine.predict(request(16, 40)).result;
    expect(again).toEqual(expected);
    expect(notices.map(({ kind }) => kind)).toEqual(['restarted']);
    expect(notices[0]!.reason).toContain('SIGSEGV: the driver is on fire');
  });

  it('is gone after it was closed', async () => {
    write({ size: 16, busy: 1 });
    await engine.load(folder, 'cpu');
    await engine.close();
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(engine.load(folder, 'cpu')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends when its parent is killed', async () => {
    write({ size: 16, busy: 1 });
    const script = `
      import { startEngine } from './src/main/engine/process/supervisor.ts';
      import { forkEngine } from './src/main/engine/process/spawn.ts';
      const engine = startEngine({ spawn: () => forkEngine(new URL(${JSON.stringify(entry.href)})) });
      await engine.load(${JSON.stringify(folder)}, 'cpu');
      process.stdout.write('loaded');`;
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    parent.kill('SIGKILL');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    const gone = (): boolean => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    for (let i = 0; i < 100 && !gone(); i++) await setTimeout(50);
    expect(gone()).toBe(true);
  });

  it('that cannot start says why', async () => {
    const missing = pathToFileURL(join(folder, 'missing.mjs'));
    const broken = startEngine({ spawn: () => forkEngine(missing) });
    await expect(broken.load(folder, 'cpu')).rejects.toMatchObject({
      code: 'engine-crashed',
      message: expect.stringContaining('missing.mjs') as string,
    });
    await broken.close();
  });
});
