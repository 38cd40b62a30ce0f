import type { Bundle } from '../engine/bundle/bundle.ts';
import { forkEngine } from '../engine/process/spawn.ts';
import { startEngine, type EngineNotice } from '../engine/process/supervisor.ts';
import type { Device } from '../engine/runtime/session.ts';
import type { Predict } from './segment-volume.ts';

/** An engine with one bundle, for the time of one job. */
export interface JobEngine {
  readonly predict: Predict;
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
  const engine = startEngine({
    spawn: forkEngine,
    onNotice: (notice) => {
      if (notice.kind === 'fell-back-to-cpu') place = 'cpu';
      onNotice(notice);
    },
  });
  try {
    place = await engine.load(bundle.folder, device);
    return await work({
      device: () => place,
      predict: (request, signal) =>
        engine.predict(request, signal === undefined ? {} : { signal }).result,
    });
  } finally {
    await engine.close();
  }
}
