import { setImmediate } from 'node:timers/promises';
import { openBundle, readTrainable } from '../../src/main/engine/bundle/bundle.ts';
import type { SegmentationModel } from '../../src/main/engine/medclipseg/model.ts';
import { fakeModel, rules } from '../engine/fake-model.ts';
import { memoryEngines, type MemoryEngines } from '../engine/memory-engine.ts';

export interface FakeEngineOptions {
  /** Waited for in each step of learning. */
  readonly onStep?: () => void | Promise<void>;
  /** Whether what is learned says the opposite of what the bundle says. */
  readonly learnsWrong?: boolean;
  /** A device on which the model cannot be opened. */
  readonly broken?: string;
  /** Waited for in each run of the model. */
  readonly onForward?: () => void | Promise<void>;
}

export interface FakeEngines extends MemoryEngines {
  /** Folders of adapters that were loaded, in order; undefined for the bundle's own. */
  readonly loaded: (string | undefined)[];
  /** Threads that each of them was to use; undefined for all. */
  readonly threads: (number | undefined)[];
  /** Runs of the model so far. */
  readonly runs: number;
}

/** Engines of which it is known what they say, and which a test may hold up. */
export function fakeEngines(options: FakeEngineOptions = {}): FakeEngines {
  const { learnsWrong = false, onForward = () => undefined, onStep = setImmediate } = options;
  const loaded: FakeEngines['loaded'] = [];
  const threads: FakeEngines['threads'] = [];
  let runs = 0;
  const engines = memoryEngines(async (folder, _crash, adapters, given) => {
    const bundle = await openBundle(folder, adapters);
    loaded.push(adapters);
    threads.push(given);
    const sign = adapters !== undefined && learnsWrong ? -1 : 1;
    return {
      rules,
      open: async (device) => {
        if (device === options.broken) throw new Error('no adapter');
        return withSign(fakeModel({ onForward: () => (runs++, onForward()) }), sign);
      },
      async learn({ settings }, _device, hooks) {
        for (let step = 1; step <= settings.steps; step++) {
          await hooks.yieldToPredictions();
          await onStep();
          hooks.signal.throwIfAborted();
          const losses = { bce: 1, dice: 1, contrastive: 0, total: 1 / step };
          hooks.onProgress({ step, steps: settings.steps, losses, secondsLeft: 0 });
        }
        const parameters = readTrainable(bundle);
        // Other weights are another version.
        parameters.forEach((values) => (values[0]! += settings.steps));
        return parameters;
      },
    };
  });
  return {
    spawn: engines.spawn,
    crash: () => engines.crash(),
    get started() {
      return engines.started;
    },
    loaded,
    threads,
    get runs() {
      return runs;
    },
  };
}

const withSign = (model: SegmentationModel, sign: number): SegmentationModel => ({
  ...model,
  forward: async (items) => (await model.forward(items)).map((logit) => sign * logit),
});
