import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineBundle } from '../../src/main/engine/process/serve.ts';
import {
  startEngine,
  type Engine,
  type EngineNotice,
  type EngineRequest,
} from '../../src/main/engine/process/supervisor.ts';
import type { PredictionFrame } from '../../src/main/engine/predict/types.ts';
import type { Device } from '../../src/main/engine/runtime/session.ts';
import type { ToEngine } from '../../src/main/engine/process/protocol.ts';
import type { EngineSpawner } from '../../src/main/engine/process/spawn.ts';
import { fakeLearning, fakeModel, rules, virtualClock, type FakeOptions } from './fake-model.ts';
import { memoryEngines, type MemoryEngines } from './memory-engine.ts';

function request(change: Partial<EngineRequest> = {}): EngineRequest {
  const pixels = Int16Array.from({ length: 64 }, (_, i) => i * 4);
  return {
    slice: { channels: 1, rows: 8, columns: 8, pixels, window: { centre: 128, width: 256 } },
    prompts: ['liver', 'spleen!'],
    samples: 80,
    seed: 1,
    sliceKey: 'slice',
    tolerance: 0,
    priority: 0,
    preview: true,
    ...change,
  };
}

interface Setup {
  readonly engine: Engine;
  readonly engines: MemoryEngines;
  readonly notices: EngineNotice[];
  /** Devices that models were opened on. */
  readonly opened: string[];
}

const clock = virtualClock();
let engine: Engine | undefined;
afterEach(() => engine?.close());

function setUp(
  model: FakeOptions | ((crash: () => void) => FakeOptions) = {},
  onOpen: (folder: string, device: Device, crash: () => void) => void = () => undefined,
  onSent: (message: ToEngine, engines: MemoryEngines) => void = () => undefined,
): Setup {
  const opened: string[] = [];
  const notices: EngineNotice[] = [];
  const readBundle = async (folder: string, crash: () => void): Promise<EngineBundle> => ({
    rules,
    learn: fakeLearning,
    open: async (device) => {
      opened.push(device);
      onOpen(folder, device, crash);
      return fakeModel(typeof model === 'function' ? model(crash) : model);
    },
  });
  const engines = memoryEngines(readBundle, clock.now);
  const spawn: EngineSpawner = () => {
    const child = engines.spawn();
    const send = (message: unknown): void => {
      child.send(message);
      onSent(message as ToEngine, engines);
    };
    return { ...child, send };
  };
  const started = startEngine({ spawn, onNotice: (notice) => notices.push(notice) });
  engine = started;
  return { engine: started, engines, notices, opened };
}

async function undisturbed(asked = request()): Promise<PredictionFrame> {
  const { engine: calm } = setUp();
  await calm.load('bundle', 'cpu');
  const frame = await calm.predict(asked).result;
  await calm.close();
  return frame;
}

describe('the supervised engine', () => {
  it('loads, predicts with frames on the way, and unloads', async () => {
    const { engine: e, engines, notices } = setUp();
    expect(await e.load('bundle', 'cpu')).toBe('cpu');
    const seen: number[] = [];
    const final = await e.predict(request(), { onFrame: (f) => seen.push(f.samplesUsed) }).result;
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(80);
    expect(final.final).toBe(true);
    await e.unload();
    await expect(e.predict(request()).result).rejects.toMatchObject({ code: 'no-model' });
    expect(engines.started).toBe(1);
    expect(notices).toEqual([]);
  });

  it('refuses what it cannot predict before the engine hears of it', async () => {
    const { engine: e } = setUp();
    await e.load('bundle', 'cpu');
    const colour = { channels: 3, rows: 8, columns: 8, pixels: Int16Array.of(1) } as never;
    for (const wrong of [
      { prompts: [] },
      { samples: -1 },
      { seed: 0.5 },
      { tolerance: NaN },
      { slice: colour },
      { slice: { channels: 2, rows: 8, columns: 8, pixels: new Uint8Array(128) } as never },
    ]) {
      await expect(e.predict(request(wrong)).result).rejects.toMatchObject({ code: 'bad-request' });
    }
    const tooLong = request({ prompts: ['x'.repeat(30)] });
    await expect(e.predict(tooLong).result).rejects.toThrow('too long');
  });

  it('aborts one prediction at once and leaves the others alone', async () => {
    const { engine: e } = setUp();
    await e.load('bundle', 'cpu');
    const controller = new AbortController();
    const seen: number[] = [];
    const aborted = e.predict(request({ samples: 5000 }), {
      signal: controller.signal,
      onFrame: ({ samplesUsed }) => {
        seen.push(samplesUsed);
        controller.abort();
      },
    });
    const other = e.predict(request());
    await expect(aborted.result).rejects.toMatchObject({ code: 'cancelled' });
    expect((await other.result).samplesUsed).toBe(80);
    expect(seen.length).toBe(1);
    await expect(e.predict(request(), { signal: controller.signal }).result).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('passes on what went wrong in the engine', async () => {
    const { engine: e } = setUp({}, (folder) => {
      if (folder === 'broken') throw new Error('no such tensor');
    });
    await expect(e.load('broken', 'cpu')).rejects.toThrow('no such tensor');
    await expect(e.predict(request()).result).rejects.toMatchObject({ code: 'no-model' });
    await e.load('fine', 'cpu');
    await e.predict(request()).result;
  });

  it('cancels what is under way when another model is loaded, or it is closed', async () => {
    const { engine: e } = setUp();
    await e.load('one', 'cpu');
    const first = e.predict(request({ samples: 5000 })).result;
    const second = expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await e.load('two', 'cpu');
    await second;
    const third = expect(e.predict(request({ samples: 5000 })).result).rejects.toMatchObject({
      code: 'cancelled',
    });
    await e.close();
    await third;
  });
});

describe('after a crash', () => {
  it('everything is sent again, and the caller sees neither a gap nor a frame twice', async () => {
    const asked = request({ priority: 1 });
    const expected = await undisturbed(asked);
    let runs = 0;
    const setup = setUp((crash) => ({
      onForward: () => {
        // Longer than frames have to lie apart: each run gives one.
        clock.advance(200);
        if (++runs === 6) crash();
      },
    }));
    await setup.engine.load('bundle', 'cpu');
    const seen: number[] = [];
    const [final, other] = await Promise.all([
      setup.engine.predict(asked, { onFrame: (f) => seen.push(f.samplesUsed) }).result,
      setup.engine.predict(request({ sliceKey: 'other' })).result,
    ]);
    expect(final).toEqual(expected);
    expect(other.samplesUsed).toBe(80);
    // Each run gives a frame: after the crash they come as if there had been none.
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(setup.engines.started).toBe(2);
    expect(setup.notices).toEqual([{ kind: 'restarted', reason: 'SIGSEGV' }]);
  });

  it('a slice that crashes every time is given up, the others are finished', async () => {
    const setup = setUp((crash) => ({
      onForward: (items) => {
        // The fake tells prompts by their length.
        if (items.some(({ prompt }) => (prompt as unknown as { bias: number }).bias === 0.6))
          crash();
      },
    }));
    await setup.engine.load('bundle', 'cpu');
    const poison = setup.engine.predict(request({ prompts: ['poison'] })).result;
    const others = ['a', 'b', 'c'].map(
      (sliceKey) => setup.engine.predict(request({ sliceKey })).result,
    );
    await expect(poison).rejects.toMatchObject({
      code: 'engine-crashed',
      message: expect.stringContaining('3 times') as string,
    });
    for (const other of others) expect((await other).samplesUsed).toBe(80);
    expect(setup.notices.every(({ kind }) => kind === 'restarted')).toBe(true);
  });

  it('every slice is suspected when the engine dies outside a run, so that it ends', async () => {
    const setup = setUp({}, undefined, (message, engines) => {
      if (message.type === 'predict') engines.crash();
    });
    await setup.engine.load('bundle', 'cpu');
    const results = await Promise.allSettled(
      ['a', 'b'].map(
        (sliceKey) => setup.engine.predict(request({ sliceKey, samples: 500 })).result,
      ),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'engine-crashed' } });
    }
    expect(setup.engines.started).toBe(3);
  });

  it('a crash on a graphics device is answered on the CPU', async () => {
    const setup = setUp((crash) => ({
      onForward: () => {
        if (setup.opened.at(-1) === 'webgpu') crash();
      },
    }));
    expect(await setup.engine.load('bundle', 'webgpu')).toBe('webgpu');
    const final = await setup.engine.predict(request()).result;
    expect(final.samplesUsed).toBe(80);
    expect(setup.opened).toEqual(['webgpu', 'cpu']);
    expect(setup.notices.map(({ kind }) => kind)).toEqual(['restarted', 'fell-back-to-cpu']);
  });

  it('a crash while loading is tried again, then given up', async () => {
    const setup = setUp({}, (folder, _, crash) => {
      if (folder === 'bad') crash();
    });
    await expect(setup.engine.load('bad', 'cpu')).rejects.toMatchObject({
      code: 'engine-crashed',
      message: expect.stringContaining('loading the model') as string,
    });
    expect(setup.engines.started).toBe(3);
    await setup.engine.load('good', 'cpu');
    await setup.engine.predict(request()).result;
  });

  it('an idle engine comes back with the next prediction', async () => {
    const setup = setUp();
    await setup.engine.load('bundle', 'cpu');
    setup.engines.crash();
    await setImmediate();
    expect(setup.notices).toEqual([{ kind: 'restarted', reason: 'SIGSEGV' }]);
    await setImmediate();
    expect(setup.engines.started).toBe(1);
    expect((await setup.engine.predict(request()).result).samplesUsed).toBe(80);
    expect(setup.engines.started).toBe(2);
  });
});

describe('a device that fails without crashing', () => {
  it('is replaced by the CPU when the model cannot be opened on it', async () => {
    const setup = setUp({}, (_, device) => {
      if (device !== 'cpu') throw new Error('no adapter');
    });
    expect(await setup.engine.load('bundle', 'cuda')).toBe('cpu');
    expect(setup.notices).toEqual([
      { kind: 'fell-back-to-cpu', device: 'cuda', reason: 'no adapter' },
    ]);
    expect(await setup.engine.predict(request()).result).toEqual(await undisturbed());
  });

  it('is replaced in the middle of a prediction, with the same result', async () => {
    let runs = 0;
    const setup = setUp({
      onForward: () => {
        if (setup.opened.at(-1) === 'webgpu' && ++runs === 3) throw new Error('device lost');
      },
    });
    await setup.engine.load('bundle', 'webgpu');
    const final = await setup.engine.predict(request()).result;
    expect(setup.notices).toEqual([
      { kind: 'fell-back-to-cpu', device: 'webgpu', reason: 'device lost' },
    ]);
    expect(setup.engines.started).toBe(1);
    expect(final).toEqual(await undisturbed());
  });
});
