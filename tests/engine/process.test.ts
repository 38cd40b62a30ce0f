import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkEngine, type EngineSpawner } from '../../src/main/engine/process/spawn.ts';
import {
  startEngine,
  type Engine,
  type EngineNotice,
  type EngineRequest,
} from '../../src/main/engine/process/supervisor.ts';
import type { FromEngine } from '../../src/main/engine/process/protocol.ts';
import type { FakeEngineOptions } from './fake-engine.ts';

/** The file that holds up run `n` (from 1) of the fake engine while it is there. */
const gateOf = (folder: string, n: number): string => join(folder, `gate-${n}`);

const entry = new URL('./fake-engine.ts', import.meta.url);
const root = new URL('../..', import.meta.url);

const SIZE = 224;

function request(side: number, samples: number): EngineRequest {
  return {
    slice: {
      channels: 1,
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

describe('the engine as a process', () => {
  let folder: string;
  let engine: Engine;
  let notices: EngineNotice[];
  let onMessage: (message: FromEngine) => void;

  const write = (options: FakeEngineOptions): void =>
    writeFileSync(join(folder, 'options.json'), JSON.stringify(options));
  /** Holds up run `n` (from 1) of the engine in the middle, until it is released. */
  const hold = (n: number): void => writeFileSync(gateOf(folder, n), '');
  const release = (n: number): void => rmSync(gateOf(folder, n));
  /** Resolves when run `n` begins. */
  const running = (n: number): Promise<void> =>
    new Promise((resolve) => {
      let runs = 0;
      onMessage = ({ type }) => {
        if (type === 'running' && ++runs === n) resolve();
      };
    });
  /** The engine, with every message of it shown to `onMessage` first. */
  const watched: EngineSpawner = () => {
    const child = forkEngine(entry);
    return {
      ...child,
      onMessage: (listener) =>
        child.onMessage((message) => {
          onMessage(message as FromEngine);
          listener(message);
        }),
    };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'marginalia-'));
    notices = [];
    onMessage = () => undefined;
    engine = startEngine({
      spawn: watched,
      onNotice: (notice) => notices.push(notice),
    });
  });
  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  // Were a run made in this process, nobody would be here to open the gate.
  it('leaves the main process free to answer while it predicts', async () => {
    write({ size: SIZE });
    await engine.load(folder, 'cpu');
    hold(4);
    const begun = running(4);
    const { result } = engine.predict(request(512, 60));
    await begun;
    await setImmediate();
    release(4);
    expect((await result).maps.map((m) => m.probability.length)).toEqual([512 * 512, 512 * 512]);
  });

  // What arrives is read in this thread: the maps of a label at a time, others go in between.
  it('never gives the main process more than one label to read at once', async () => {
    write({ size: SIZE });
    await engine.load(folder, 'cpu');
    let turn = 0;
    let isDone = false;
    const arrivals: { turn: number; label: number }[] = [];
    onMessage = (message) => {
      if (message.type === 'maps') arrivals.push({ turn, label: message.label });
    };
    const { result } = engine.predict(request(512, 60));
    void result.finally(() => (isDone = true));
    for (; !isDone; turn++) await setImmediate();
    expect(arrivals.length).toBeGreaterThan(8);
    expect(arrivals.map(({ label }) => label)).toEqual(arrivals.map((_, n) => n % 2));
    expect(new Set(arrivals.map((arrival) => arrival.turn)).size).toBe(arrivals.length);
  });

  // A pipe takes a part of a frame in each turn of the event loop, and a run blocks it. Both prompts
  // of the mean pass have their runs, and make the first frame.
  it('sends a frame before it goes on', async () => {
    write({ size: SIZE });
    await engine.load(folder, 'cpu');
    hold(3);
    let onFirst: (samplesUsed: number) => void;
    const first = new Promise<number>((resolve) => (onFirst = resolve));
    const { result } = engine.predict(request(1024, 12), {
      onFrame: ({ samplesUsed }) => onFirst(samplesUsed),
    });
    expect(await first).toBe(0);
    release(3);
    expect((await result).samplesUsed).toBe(12);
  });

  it('is restarted after a real crash, whose last words are passed on', async () => {
    write({ size: 16 });
    await engine.load(folder, 'cpu');
    const expected = await engine.predict(request(16, 40)).result;
    writeFileSync(join(folder, 'die'), '');
    const again = await engine.predict(request(16, 40)).result;
    expect(again).toEqual(expected);
    expect(notices.map(({ kind }) => kind)).toEqual(['restarted']);
    expect(notices[0]!.reason).toContain('SIGSEGV: the driver is on fire');
  });

  it('is gone after it was closed', async () => {
    write({ size: 16 });
    await engine.load(folder, 'cpu');
    await engine.close();
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(engine.load(folder, 'cpu')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends when its parent is killed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'connection') as Promise<[Socket]>;
    write({ size: 16, lifeline: (server.address() as AddressInfo).port });
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
    await once(parent.stdout, 'data');
    const [lifeline] = await connected;
    // A process that is killed says goodbye to nobody.
    lifeline.on('error', () => undefined).resume();
    expect(lifeline.closed).toBe(false);
    parent.kill('SIGKILL');
    await once(lifeline, 'close');
    server.close();
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
