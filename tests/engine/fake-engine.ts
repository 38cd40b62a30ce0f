/** An engine process around the fake model. Its bundle's folder may hold `options.json`. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processPort } from '../../src/main/engine/process/process-port.ts';
import { serveEngine } from '../../src/main/engine/process/serve.ts';
import { fakeLearning, fakeModel, rules } from './fake-model.ts';

export interface FakeEngineOptions {
  readonly size: number;
  readonly busy: number;
}

serveEngine(processPort(), async (folder) => {
  writeFileSync(join(folder, 'pid'), String(process.pid));
  const options = JSON.parse(
    readFileSync(join(folder, 'options.json'), 'utf8'),
  ) as FakeEngineOptions;
  const trap = join(folder, 'die');
  let runs = 0;
  return {
    rules,
    learn: fakeLearning,
    open: async () =>
      fakeModel({
        ...options,
        onForward: () => {
          writeFileSync(join(folder, 'runs'), String(++runs));
          if (!existsSync(trap)) return;
          rmSync(trap);
          process.stderr.write('the driver is on fire\n');
          process.kill(process.pid, 'SIGSEGV');
        },
      }),
  };
});
