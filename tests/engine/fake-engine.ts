/**
 * An engine process around the fake model, in which time goes by only with its runs. A test speaks to
 * it by files in its bundle's folder: `options.json`; `die`; `gate-3`, which holds up the third run in
 * the middle while it is there, as a long run would.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { processPort } from '../../src/main/engine/process/process-port.ts';
import { serveEngine } from '../../src/main/engine/process/serve.ts';
import { fakeLearning, fakeModel, rules, virtualClock } from './fake-model.ts';

export interface FakeEngineOptions {
  readonly size: number;
  /** A port of this machine: the connection to it breaks when the process is gone. */
  readonly lifeline?: number;
}

/** Longer than frames have to lie apart: each run gives one. */
const RUN_MS = 200;
/** Whether a reader is slow is not a matter of this machine's load. */
const PATIENCE_MS = 10 ** 9;

const clock = virtualClock();
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const parent = process.ppid;

/** Blocks this thread, also for messages; not beyond the end of the parent. */
function waitAt(gate: string): void {
  while (existsSync(gate) && process.ppid === parent) Atomics.wait(sleeper, 0, 0, 5);
}

serveEngine(
  processPort({ patience: PATIENCE_MS }),
  async (folder) => {
    writeFileSync(join(folder, 'pid'), String(process.pid));
    const { size, lifeline } = JSON.parse(
      readFileSync(join(folder, 'options.json'), 'utf8'),
    ) as FakeEngineOptions;
    if (lifeline !== undefined) connect(lifeline, '127.0.0.1').on('error', () => undefined);
    const trap = join(folder, 'die');
    let runs = 0;
    return {
      rules,
      learn: fakeLearning,
      open: async () =>
        fakeModel({
          size,
          onForward: () => {
            waitAt(join(folder, `gate-${++runs}`));
            clock.advance(RUN_MS);
            if (!existsSync(trap)) return;
            rmSync(trap);
            process.stderr.write('the driver is on fire\n');
            process.kill(process.pid, 'SIGSEGV');
          },
        }),
    };
  },
  { now: clock.now },
);
