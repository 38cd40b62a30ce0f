import { toErrorInfo } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { markInUse } from '../../engine/bundle/in-use.ts';
import type { EngineSpawner } from '../../engine/process/spawn.ts';
import { startEngine, type Engine, type EngineNotice } from '../../engine/process/supervisor.ts';
import { chooseDevice, type DeviceChoice } from '../../engine/runtime/devices.ts';
import type { Device } from '../../engine/runtime/session.ts';
import type { JobEngine } from './engine.ts';
import type { Announcement } from '../session/index.ts';
import { createGroupLock } from '../async/group-lock.ts';

/** A model as the engine loads it. */
export interface EngineModel {
  /** Of the bundle. */
  readonly folder: string;
  /** Folder of learned adapters; undefined for those of the bundle. */
  readonly adapters: string | undefined;
  readonly device: DeviceChoice;
  /** Of the processor; 0 for all. */
  readonly threads: number;
}

/** The one engine process of a session, behind a lock on the model that it has loaded. */
export interface SharedEngine {
  /**
   * Does work while a model is loaded; work with the same model shares the engine, other work waits
   * until it has ended.
   */
  readonly use: <T>(
    model: EngineModel,
    work: (engine: Engine) => Promise<T>,
    signal?: AbortSignal,
  ) => Promise<T>;
  /** Where the engine works now. */
  readonly device: () => Device;
  /** Whether work with the bundle of a folder is under way or waits. */
  readonly isUsing: (folder: string) => boolean;
  /** Where it works, or would, with this choice: the CPU since the chosen device failed. */
  readonly deviceOf: (choice: DeviceChoice) => Promise<Device>;
  readonly close: () => Promise<void>;
}

export function openSharedEngine(
  spawn: EngineSpawner,
  announce: (event: Announcement) => void,
): SharedEngine {
  const lock = createGroupLock();
  const devices = new Map<DeviceChoice, Promise<Device>>();
  let place: Device = 'cpu';
  /** The choice that it was loaded for. */
  let chosenFor: DeviceChoice | undefined;
  let loaded: { readonly state: string; readonly ready: Promise<unknown> } | undefined;
  /** Tells other processes which bundle is loaded. */
  let release = (): void => undefined;
  /** Work that is under way or waits, by its bundle's folder. */
  const working = new Map<string, number>();
  const count = (folder: string, by: number): void =>
    void working.set(folder, (working.get(folder) ?? 0) + by);
  const engine = startEngine({
    spawn,
    onNotice: (notice) => {
      if (notice.kind === 'fell-back-to-cpu') {
        place = 'cpu';
        announce({ name: 'device', data: { device: place } });
      }
      announce({ name: 'notice', data: { level: 'warning', ...inWords(notice), see: 'settings' } });
    },
  });

  /** Probing takes seconds; what a machine has does not change. */
  function deviceFor(choice: DeviceChoice): Promise<Device> {
    const probed = devices.get(choice) ?? chooseDevice(choice, { spawn });
    devices.set(choice, probed);
    return probed;
  }

  /** Under the lock: no work with another model is under way when the model changes. */
  async function load(
    state: string,
    { folder, adapters, device, threads }: EngineModel,
  ): Promise<void> {
    if (loaded?.state !== state) {
      release();
      release = markInUse(folder);
      const ready = deviceFor(device).then(async (chosen) => {
        place = await engine.load(folder, chosen, adapters, threads || undefined);
        chosenFor = device;
      });
      loaded = { state, ready };
    }
    await loaded.ready;
  }

  return {
    device: () => place,
    deviceOf: (choice) => (choice === chosenFor ? Promise.resolve(place) : deviceFor(choice)),
    isUsing: (folder) => (working.get(folder) ?? 0) > 0,
    async use(model, work, signal) {
      const state = JSON.stringify([
        model.folder,
        model.adapters ?? null,
        model.device,
        model.threads,
      ]);
      count(model.folder, 1);
      try {
        return await lock.run(
          state,
          async () => {
            try {
              await load(state, model);
            } catch (error) {
              loaded = undefined;
              throw error;
            }
            try {
              return await work(engine);
            } catch (error) {
              // It crashed and could not load again: the next one to come tries once more.
              if (toErrorInfo(error).code === 'no-model') loaded = undefined;
              throw error;
            }
          },
          signal,
        );
      } finally {
        count(model.folder, -1);
      }
    },
    async close() {
      await engine.close();
      release();
    },
  };
}

/** The engine for one job that changes between versions of the adapters of one bundle. */
export function jobEngine(
  sharedEngine: SharedEngine,
  bundle: Bundle,
  { device, threads }: Pick<EngineModel, 'device' | 'threads'>,
): JobEngine {
  let adapters = bundle.version?.folder;
  const model = (): EngineModel => ({ folder: bundle.folder, adapters, device, threads });
  return {
    device: sharedEngine.device,
    // It is loaded when there is work for it.
    use: (folder) => {
      adapters = folder;
      return Promise.resolve();
    },
    predict: (request, signal) =>
      sharedEngine.use(
        model(),
        (engine) => engine.predict(request, signal && { signal }).result,
        signal,
      ),
    learn: (request, options) =>
      sharedEngine.use(model(), (engine) => engine.learn(request, options), options?.signal),
  };
}

function inWords(notice: EngineNotice): { message: string; hint: string } {
  return notice.kind === 'restarted'
    ? {
        message: `The engine stopped and was started again (${notice.reason}). No label is lost.`,
        hint: 'If it happens again, choose the device cpu or a smaller model.',
      }
    : {
        message: `${notice.device} failed; the engine goes on with the CPU (${notice.reason}).`,
        hint: 'The settings say what this machine offers.',
      };
}
