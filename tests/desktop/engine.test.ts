import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { utilityEngine } from '../../src/main/desktop/engine.ts';
import { probeDevice } from '../../src/main/engine/runtime/devices.ts';
import { PATIENT } from '../support/patient.ts';
import './open-desktop.ts';

/** Engines as Electron starts and ends them, by the double, which does both as its source says. */
vi.mock('electron', async () => (await import('./electron-double.ts')).createElectron().main);

const folder = mkdtempSync(join(tmpdir(), 'marginalia-engine-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The main module of an engine that does this and nothing else. */
function moduleOf(text: string): string {
  const path = join(folder, 'engine.mjs');
  writeFileSync(path, text);
  return path;
}

const endOf = (engine: ReturnType<ReturnType<typeof utilityEngine>>): Promise<string> =>
  new Promise((ended) => engine.onExit(ended));

describe('an engine in a utility process', () => {
  it('ends that is not wanted any more before it has begun', async () => {
    const engine = utilityEngine(moduleOf('setInterval(() => undefined, 1000);'))();
    const end = endOf(engine);
    engine.kill();
    expect(await end).toMatch(/^exit code/);
  });

  it('leaves its last words, which come after its end', async () => {
    const engine = utilityEngine(
      moduleOf(
        "process.stderr.write('the driver said no\\n'); process.exitCode = 3;\nprocess.disconnect();",
      ),
    )();
    expect(await endOf(engine)).toMatch(/^exit code \d+: the driver said no$/);
  });

  it('ends, and says why, when a promise rejects that nobody waits for', async () => {
    const reject =
      'process.on("newListener",(name)=>name==="unhandledRejection"&&' +
      'setImmediate(()=>void Promise.reject(new Error("nobody-waits"))))';
    vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(reject)}`);
    const engine = utilityEngine(resolve(import.meta.dirname, '../../out/main/engine.js'))();
    vi.unstubAllEnvs();
    expect(await endOf(engine)).toMatch(/^exit code 1: Error: nobody-waits/);
  });

  it('is not waited for where the system does not let go of it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const kill = vi.fn();
      const probing = probeDevice('cpu', {
        limit: 1,
        spawn: () => ({
          kill,
          send: () => undefined,
          onMessage: () => undefined,
          onExit: () => undefined,
        }),
      });
      await vi.waitFor(() => expect(kill).toHaveBeenCalled(), PATIENT);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await probing).toMatchObject({ usable: false });
    } finally {
      vi.useRealTimers();
    }
  });
});
