import PQueue from 'p-queue';
import { z } from 'zod';
import { fromErrorInfo, MarginaliaError } from '../../../shared/errors.ts';
import type { UncertaintyMaps } from '../../../shared/uncertainty.ts';
import type { PredictionFrame, PredictionRequest } from '../predict/types.ts';
import type { Device } from '../runtime/session.ts';
import {
  EngineGone,
  connectEngine,
  type EngineEvent,
  type EngineConnection,
} from './connection.ts';
import {
  checkedLearning,
  createLearningCalls,
  type LearningRequest,
  type LearnOptions,
} from './learning-calls.ts';
import { loadedSchema, memorySchema, requestSchema } from './protocol.ts';
import type { EngineSpawner } from './spawn.ts';

/** What the user should see although nobody asked. */
export type EngineNotice =
  | { readonly kind: 'restarted'; readonly reason: string }
  | { readonly kind: 'fell-back-to-cpu'; readonly device: Device; readonly reason: string };

/** What a caller asks for; message ids are the supervisor's. */
export type EngineRequest = Omit<PredictionRequest, 'id' | 'alone'>;

export interface PredictOptions {
  /** Receives every frame, the final one included; none comes twice, even after a crash. */
  readonly onFrame?: (frame: PredictionFrame) => void;
  readonly signal?: AbortSignal;
}

/** A prediction under way. */
export interface Prediction {
  /** The final frame. Rejects with the code `cancelled` when the signal aborts it. */
  readonly result: Promise<PredictionFrame>;
  /** Acts from the engine's next run on. */
  prioritise(priority: number): void;
}

/** The engine as the main process sees it: it may crash, its answers still come. */
export interface Engine {
  /**
   * Loads the bundle in a folder, with learned adapters instead of its own where their folder is
   * given, in place of the one before, whose predictions are cancelled.
   * @returns where it runs: the device asked for, or the CPU (after a notice).
   * @throws what opening the bundle throws, `engine-crashed`.
   */
  load(folder: string, device: Device, adapters?: string, threads?: number): Promise<Device>;
  /** Cancels what is under way and frees the model's memory. */
  unload(): Promise<void>;
  predict(request: EngineRequest, options?: PredictOptions): Prediction;
  /**
   * Tunes the loaded model on decided slices; predictions go first. Nothing changes but what is
   * returned: all trainable tensors by name.
   * @throws MarginaliaError as `learn`; `engine-crashed` (it is not repeated), `no-model`.
   */
  learn(request: LearningRequest, options?: LearnOptions): Promise<Map<string, Float32Array>>;
  /** The most bytes that the process has had in memory since it started. */
  peakMemory(): Promise<number>;
  /** Ends the process; what is under way is cancelled. */
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly spawn: EngineSpawner;
  readonly onNotice?: (notice: EngineNotice) => void;
  /** Crashes after which a request is given up. */
  readonly crashLimit?: number;
}

interface Running {
  request: PredictionRequest;
  readonly onFrame: (frame: PredictionFrame) => void;
  readonly resolve: (frame: PredictionFrame) => void;
  readonly reject: (error: unknown) => void;
  /** Of the frame that is arriving, label by label. */
  maps: readonly UncertaintyMaps[];
  /** Samples of the newest frame that was passed on. */
  seen: number;
  crashes: number;
}

const cancelled = (why: string): MarginaliaError =>
  new MarginaliaError('cancelled', `It was cancelled: ${why}.`);

const crashed = (what: string, times: number, reason: string): MarginaliaError =>
  new MarginaliaError(
    'engine-crashed',
    `The engine crashed ${times === 1 ? '' : `${times} times `}while ${what} (${reason}).`,
    'Often memory ran out or a graphics driver failed: try the device cpu, or a smaller model.',
  );

/** An engine process that is started when it is needed, and again when it crashes. */
export function startEngine(options: EngineOptions): Engine {
  const { spawn, onNotice = () => undefined, crashLimit = 3 } = options;
  const predictions = new Map<string, Running>();
  const learnings = createLearningCalls();
  let connection: EngineConnection | undefined;
  /** What a new process has to load. */
  let bundle:
    | {
        readonly folder: string;
        readonly device: Device;
        readonly adapters?: string;
        readonly threads?: number;
      }
    | undefined;
  /** True once the present process has loaded it: predictions are sent to it. */
  let ready = false;
  /** Loading and unloading, one after the other. */
  const loading = new PQueue({ concurrency: 1 });
  let suspects: readonly string[] = [];
  let lastId = 0;
  let closed = false;

  const fail = (id: string, error: unknown): void => {
    const running = predictions.get(id);
    predictions.delete(id);
    running?.reject(error);
  };
  const failAll = (error: unknown): void => {
    for (const id of [...predictions.keys()]) fail(id, error);
    learnings.failAll(error);
  };
  /** Fails a prediction that the engine is working on. */
  const stop = (id: string, error: unknown): void => {
    if (!predictions.has(id)) return;
    fail(id, error);
    if (ready) connection?.send({ type: 'cancel', id });
  };

  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'running') suspects = event.ids;
    else if (event.type === 'learning' || event.type === 'learned') learnings.receive(event);
    else if (event.type === 'refused') {
      const error = fromErrorInfo(event.error);
      fail(event.id, error);
      learnings.fail(event.id, error);
    } else if (event.type === 'fell-back') moveToCpu(event.device, event.reason);
    else {
      const running = predictions.get(event.id);
      if (running !== undefined) receive(event, running);
    }
  };

  const receive = (event: Extract<EngineEvent, { type: 'maps' }>, running: Running): void => {
    const { id, samplesUsed, final, label, maps } = event;
    const collected = label === 0 ? [maps] : [...running.maps, maps];
    running.maps = collected;
    if (collected.length < running.request.prompts.length) return;
    running.maps = [];
    if (!final && samplesUsed <= running.seen) return;
    running.seen = samplesUsed;
    const frame = { samplesUsed, final, maps: collected };
    try {
      running.onFrame(frame);
    } catch (error) {
      return stop(id, error);
    }
    if (!final) return;
    predictions.delete(id);
    running.resolve(frame);
  };

  const moveToCpu = (device: Device, reason: string): void => {
    if (bundle !== undefined) bundle = { ...bundle, device: 'cpu' };
    onNotice({ kind: 'fell-back-to-cpu', device, reason });
  };

  const process = (): EngineConnection => {
    if (connection !== undefined) return connection;
    const opened = connectEngine(spawn, {
      onEvent: (event) => {
        if (connection === opened) onEvent(event);
      },
      onGone: (reason) => {
        if (connection === opened) onCrash(reason);
      },
    });
    return (connection = opened);
  };

  const onCrash = (reason: string): void => {
    connection = undefined;
    if (!ready) return; // Whoever is loading hears of it and tries again.
    ready = false;
    learnings.failAll(crashed('learning', 1, reason));
    const blamed = suspects.filter((id) => predictions.has(id));
    for (const id of blamed.length > 0 ? blamed : [...predictions.keys()]) {
      const running = predictions.get(id)!;
      running.request = { ...running.request, alone: true };
      running.crashes++;
      if (running.crashes >= crashLimit) {
        fail(id, crashed('predicting this slice', running.crashes, reason));
      }
    }
    suspects = [];
    afterCrash(reason);
    if (predictions.size > 0) restore();
  };

  /** A crash on a GPU is blamed on its driver. */
  const afterCrash = (reason: string): void => {
    onNotice({ kind: 'restarted', reason });
    if (bundle !== undefined && bundle.device !== 'cpu') moveToCpu(bundle.device, reason);
  };

  /** Loads the bundle into the process, as often as it takes, and sends what waits for it. */
  const loadBundle = async (): Promise<Device> => {
    for (let crashes = 1; bundle !== undefined && !closed; crashes++) {
      try {
        const answer = await process().call({ type: 'load', ...bundle });
        ready = true;
        for (const { request } of predictions.values())
          process().send({ type: 'predict', request });
        return loadedSchema.parse(answer).device;
      } catch (error) {
        if (closed) break;
        if (error instanceof EngineGone && crashes < crashLimit) {
          afterCrash(error.message);
          continue;
        }
        bundle = undefined;
        throw error instanceof EngineGone
          ? crashed('loading the model', crashes, error.message)
          : error;
      }
    }
    throw cancelled('the engine was closed');
  };

  /** A new process for predictions that are under way. */
  const restore = (): void => {
    loading
      .add(async () => {
        if (!ready && bundle !== undefined) await loadBundle();
      })
      .catch(failAll);
  };

  return {
    load: (folder, device, adapters, threads) =>
      loading.add(async () => {
        failAll(cancelled('another model was loaded'));
        ready = false;
        bundle = {
          folder,
          device,
          ...(adapters !== undefined && { adapters }),
          ...(threads !== undefined && { threads }),
        };
        try {
          return await loadBundle();
        } catch (error) {
          failAll(error);
          throw error;
        }
      }),
    unload: () =>
      loading.add(async () => {
        failAll(cancelled('the model was unloaded'));
        ready = false;
        bundle = undefined;
        await connection?.call({ type: 'unload' }).catch(() => undefined);
      }),
    predict(asked, { onFrame = () => undefined, signal } = {}) {
      const id = String(++lastId);
      const result = new Promise<PredictionFrame>((resolve, reject) => {
        if (signal?.aborted) throw cancelled('it is not wanted any more');
        if (bundle === undefined || closed) {
          throw new MarginaliaError('no-model', 'No model is loaded to predict with.');
        }
        const request = checked({ ...asked, id, alone: false });
        const abort = (): void => stop(id, cancelled('it is not wanted any more'));
        signal?.addEventListener('abort', abort, { once: true });
        predictions.set(id, {
          request,
          onFrame,
          resolve(frame) {
            signal?.removeEventListener('abort', abort);
            resolve(frame);
          },
          reject(error) {
            signal?.removeEventListener('abort', abort);
            reject(error as Error);
          },
          maps: [],
          seen: -1,
          crashes: 0,
        });
        if (ready) process().send({ type: 'predict', request });
        else restore();
      });
      return {
        result,
        prioritise(priority) {
          const running = predictions.get(id);
          if (running === undefined) return;
          running.request = { ...running.request, priority };
          if (ready) connection?.send({ type: 'prioritise', id, priority });
        },
      };
    },
    async learn(request, options = {}) {
      const id = String(++lastId);
      const checkedRequest = checkedLearning(request);
      await loading.add(async () => {
        if (!ready && bundle !== undefined) await loadBundle();
      });
      if (!ready) throw new MarginaliaError('no-model', 'No model is loaded to learn with.');
      if (options.signal?.aborted) throw cancelled('it is not wanted any more');
      const result = learnings.add(id, options, () => {
        learnings.fail(id, cancelled('it is not wanted any more'));
        if (ready) connection?.send({ type: 'cancel', id });
      });
      process().send({ type: 'learn', id, job: checkedRequest });
      return result;
    },
    peakMemory: async () => memorySchema.parse(await process().call({ type: 'memory' })),
    async close() {
      closed = true;
      failAll(cancelled('the engine was closed'));
      const last = connection;
      connection = undefined;
      await last?.end();
    },
  };
}

function checked(request: PredictionRequest): PredictionRequest {
  const parsed = requestSchema.safeParse(request);
  if (parsed.success) return request;
  const [what] = z.prettifyError(parsed.error).split('\n');
  throw new MarginaliaError('bad-request', `The engine cannot predict this: ${what}.`);
}
