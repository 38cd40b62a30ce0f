import type { Bundle } from '../../engine/bundle/bundle.ts';
import { markInUse } from '../../engine/bundle/in-use.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import { forkEngine } from '../../engine/process/spawn.ts';
import {
  startEngine,
  type Engine,
  type EngineNotice,
  type EngineRequest,
} from '../../engine/process/supervisor.ts';
import type { Device } from '../../engine/runtime/session.ts';

/** Runs one prediction and gives its final frame: `Engine.predict`, in short. */
export type Predict = (request: EngineRequest, signal?: AbortSignal) => Promise<PredictionFrame>;

/** An engine with one bundle, for the time of one job. */
export interface JobEngine {
  readonly predict: Predict;
  readonly learn: Engine['learn'];
  /** Goes on with learned adapters from a folder, or with those of the bundle. */
  readonly use: (adapters: string | undefined) => Promise<void>;
  /** Where the engine works now: the CPU once the device that was asked for has failed. */
  readonly device: () => Device;
}

/** Starts an engine process, loads a bundle, does the work, and ends the process in any case. */
export async function withEngine<T>(
  bundle: Bundle,
  device: Device,
  onNotice: (notice: EngineNotice) => void,
  work: (engine: JobEngine) => Promise<T>,
): Promise<T> {
  let place = device;
  const release = markInUse(bundle.folder);
  const engine = startEngine({
    spawn: forkEngine,
    onNotice: (notice) => {
      if (notice.kind === 'fell-back-to-cpu') place = 'cpu';
      onNotice(notice);
    },
  });
  try {
    const use = async (adapters: string | undefined): Promise<void> => {
      place = await engine.load(bundle.folder, place, adapters);
    };
    await use(bundle.version?.folder);
    return await work({
      use,
      learn: (request, options) => engine.learn(request, options),
      device: () => place,
      predict: (request, signal) =>
        engine.predict(request, signal === undefined ? {} : { signal }).result,
    });
  } finally {
    await engine.close();
    release();
  }
}
