import { MarginaliaError, toErrorInfo } from '../../../shared/errors.ts';
import type { LearningHooks } from '../learn/learn.ts';
import type { LearningJob } from '../learn/types.ts';
import type { SegmentationModel } from '../medclipseg/model.ts';
import { createPredictor, type Predictor, type PredictorOptions } from '../predict.ts';
import type { InputRules } from '../predict/codes.ts';
import type { PredictionRequest } from '../predict/types.ts';
import { openModelWithFallback, type FallbackModel } from '../runtime/fallback.ts';
import { measureDevice } from '../runtime/measure-device.ts';
import type { Device } from '../runtime/session.ts';
import { toEngineSchema, type FromEngine, type ToEngine } from './protocol.ts';

/** Most passes in one run: more make a processor no faster, and take memory. */
const MOST_ITEMS = { cpu: 4, gpu: 32 };

/** A bundle as the engine needs it: how to feed its model, and how to open it on a device. */
export interface EngineBundle {
  readonly rules: InputRules;
  open(device: Device): Promise<SegmentationModel>;
  learn(
    job: Omit<LearningJob, 'replay'>,
    device: Device,
    hooks: LearningHooks,
  ): Promise<Map<string, Float32Array>>;
}

/** The engine's end of the connection to the main process. */
export interface EnginePort {
  send(message: FromEngine): void;
  /** Messages that are written but not yet on their way. */
  readonly backlog: number;
  /** Resolves when what was sent is on its way, after a moment at the latest: a reader may be slow. */
  flushed(): Promise<void>;
  onMessage(listener: (message: unknown) => void): void;
}

/** Beyond this many unsent messages, frames on the way are left out: a newer one will come. */
const BACKLOG = 8;

interface Loaded {
  readonly bundle: EngineBundle;
  readonly model: FallbackModel;
  readonly predictor: Predictor;
}

/**
 * Answers the main process: one bundle loaded at a time, any number of predictions with it, and
 * one learning, which waits while there is something to predict.
 */
export function serveEngine(
  port: EnginePort,
  readBundle: (folder: string, adapters?: string, threads?: number) => Promise<EngineBundle>,
  { now }: Pick<PredictorOptions, 'now'> = {},
): void {
  let loaded: Loaded | undefined;
  let learning:
    { readonly id: string; readonly abort: AbortController; done: Promise<void> } | undefined;

  const unload = async (): Promise<void> => {
    const old = loaded;
    loaded = undefined;
    learning?.abort.abort();
    await learning?.done;
    await old?.predictor.dispose();
    await old?.model.dispose();
  };

  const fellBack = (device: Device, reason: string): void =>
    port.send({ type: 'fell-back', device, reason });

  const load = async ({
    folder,
    adapters,
    device,
    threads,
  }: Extract<ToEngine, { type: 'load' }>): Promise<{ device: Device }> => {
    await unload();
    const bundle = await readBundle(folder, adapters, threads);
    const model = await openModelWithFallback(bundle.open, device, fellBack);
    const predictor = createPredictor({
      ...bundle.rules,
      model,
      mostItems: MOST_ITEMS[model.device === 'cpu' ? 'cpu' : 'gpu'],
      onRun: (ids) => port.send({ type: 'running', ids }),
      between: () => port.flushed(),
      ...(now && { now }),
    });
    loaded = { bundle, model, predictor };
    return { device: model.device };
  };

  const predict = async (request: PredictionRequest): Promise<void> => {
    const { id } = request;
    if (loaded === undefined) throw new MarginaliaError('no-bundle', 'No model is loaded.');
    await loaded.predictor.predict(request, ({ samplesUsed, final, maps }) => {
      if (!final && port.backlog > BACKLOG) return;
      maps.forEach((ofLabel, label) => {
        port.send({ type: 'maps', id, samplesUsed, final, label, maps: ofLabel });
      });
    });
  };

  const learn = async (id: string, job: Omit<LearningJob, 'replay'>): Promise<void> => {
    if (loaded === undefined) throw new MarginaliaError('no-bundle', 'No model is loaded.');
    if (learning !== undefined) {
      throw new MarginaliaError(
        'learning-already',
        'The engine is learning already.',
        'Wait until it is done, or cancel it.',
      );
    }
    const { bundle, model, predictor } = loaded;
    const abort = new AbortController();
    const work = bundle.learn(job, model.device, {
      signal: abort.signal,
      onProgress: (progress) => port.send({ type: 'learning', id, progress }),
      yieldToPredictions: () => predictor.idle(),
      onFallback: fellBack,
    });
    learning = {
      id,
      abort,
      done: work.then(
        () => undefined,
        () => undefined,
      ),
    };
    try {
      const parameters = await work;
      port.send({ type: 'learned', id, parameters });
    } finally {
      learning = undefined;
    }
  };

  /** Loading, unloading and probing happen one after the other. */
  let calls: Promise<unknown> = Promise.resolve();
  const answer = (call: number, work: () => Promise<unknown>): void => {
    calls = calls.then(work).then(
      (value) => port.send({ type: 'answer', call, value }),
      (error) => port.send({ type: 'failed', call, error: toErrorInfo(error) }),
    );
  };

  const refuse =
    (id: string) =>
    (error: unknown): void =>
      port.send({ type: 'refused', id, error: toErrorInfo(error) });

  const handle = (message: ToEngine): void => {
    switch (message.type) {
      case 'load':
        return answer(message.call, () => load(message));
      case 'unload':
        return answer(message.call, unload);
      case 'probe':
        return answer(message.call, () => measureDevice(message.device));
      case 'memory':
        // In kilobytes, on every system.
        return answer(message.call, async () => process.resourceUsage().maxRSS * 1024);
      case 'prioritise':
        return loaded?.predictor.prioritise(message.id, message.priority);
      case 'cancel':
        if (learning?.id === message.id) learning.abort.abort();
        return loaded?.predictor.cancel(message.id);
      case 'learn': {
        const { id, job } = message;
        learn(id, job).catch(refuse(id));
        return;
      }
      case 'predict': {
        const { id } = message.request;
        predict(message.request).catch(refuse(id));
      }
    }
  };
  port.onMessage((message) => handle(toEngineSchema.parse(message)));
}
