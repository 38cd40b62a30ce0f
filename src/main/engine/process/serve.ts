import { MarginaliaError, toErrorInfo } from '../../../shared/errors.ts';
import type { SegmentationModel } from '../medclipseg/model.ts';
import { createPredictor, type Predictor } from '../predict.ts';
import type { InputRules } from '../predict/codes.ts';
import type { PredictionRequest } from '../predict/types.ts';
import { openModelWithFallback, type FallbackModel } from '../runtime/fallback.ts';
import { measureDevice } from '../runtime/measure-device.ts';
import type { Device } from '../runtime/session.ts';
import { toEngineSchema, type FromEngine, type ToEngine } from './protocol.ts';

/** A bundle as the engine needs it: how to feed its model, and how to open it on a device. */
export interface EngineBundle {
  readonly rules: InputRules;
  open(device: Device): Promise<SegmentationModel>;
}

/** The engine's end of the line to the main process. */
export interface EnginePort {
  send(message: FromEngine): void;
  /** Messages that are written but not yet on their way. */
  readonly backlog: number;
  onMessage(listener: (message: unknown) => void): void;
}

/** Beyond this many unsent messages, frames on the way are left out: a newer one will come. */
const BACKLOG = 8;

/** Answers the main process: one bundle loaded at a time, any number of predictions with it. */
export function serveEngine(
  port: EnginePort,
  readBundle: (folder: string) => Promise<EngineBundle>,
): void {
  let loaded: { model: FallbackModel; predictor: Predictor } | undefined;

  const unload = async (): Promise<void> => {
    const old = loaded;
    loaded = undefined;
    await old?.predictor.dispose();
    await old?.model.dispose();
  };

  const load = async (folder: string, device: Device): Promise<{ device: Device }> => {
    await unload();
    const bundle = await readBundle(folder);
    const model = await openModelWithFallback(bundle.open, device, (failed, reason) =>
      port.send({ type: 'fell-back', device: failed, reason }),
    );
    const predictor = createPredictor({
      ...bundle.rules,
      model,
      onRun: (ids) => port.send({ type: 'running', ids }),
    });
    loaded = { model, predictor };
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

  /** Loading, unloading and probing happen one after the other. */
  let calls: Promise<unknown> = Promise.resolve();
  const answer = (call: number, work: () => Promise<unknown>): void => {
    calls = calls.then(work).then(
      (value) => port.send({ type: 'answer', call, value }),
      (error) => port.send({ type: 'failed', call, error: toErrorInfo(error) }),
    );
  };

  const handle = (message: ToEngine): void => {
    switch (message.type) {
      case 'load':
        return answer(message.call, () => load(message.folder, message.device));
      case 'unload':
        return answer(message.call, unload);
      case 'probe':
        return answer(message.call, () => measureDevice(message.device));
      case 'prioritise':
        return loaded?.predictor.prioritise(message.id, message.priority);
      case 'cancel':
        return loaded?.predictor.cancel(message.id);
      case 'predict': {
        const { id } = message.request;
        predict(message.request).catch((error: unknown) =>
          port.send({ type: 'refused', id, error: toErrorInfo(error) }),
        );
      }
    }
  };
  port.onMessage((message) => handle(toEngineSchema.parse(message)));
}
