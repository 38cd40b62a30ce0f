import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../shared/errors.ts';
import type { ForwardItem, SegmentationModel } from './medclipseg/model.ts';
import { createBatchSize } from './predict/batch-size.ts';
import { createCodes, type InputRules } from './predict/codes.ts';
import { createJob, type Job } from './predict/job.ts';
import type { PredictionFrame, PredictionRequest } from './predict/types.ts';

/** Streaming Monte-Carlo prediction of many slices with one model. */
export interface Predictor {
  /**
   * Queues a slice; frames arrive through `onFrame`, which must not throw, the final one before the
   * promise resolves.
   * Rejects with the code `cancelled` after `cancel`, or with what went wrong.
   */
  predict(request: PredictionRequest, onFrame: (frame: PredictionFrame) => void): Promise<void>;
  /** Acts from the next batch on. Unknown ids are ignored: the prediction may just have ended. */
  prioritise(id: string, priority: number): void;
  cancel(id: string): void;
  /** Resolves once nothing is left to predict. */
  idle(): Promise<void>;
  /** Cancels everything and waits for the run under way. The model is the caller's to dispose. */
  dispose(): Promise<void>;
}

export interface PredictorOptions extends InputRules {
  readonly model: SegmentationModel;
  /**
   * Least milliseconds between two frames of a slice on the way to the final one; eight times as many
   * where it has no priority: who does not look at it does not need each, and a frame takes time.
   */
  readonly frameInterval?: number;
  /** Milliseconds one run may take, beyond a single pass. */
  readonly batchBudget?: number;
  /** Most passes in one run: memory grows with it. */
  readonly mostItems?: number;
  /** Called before each run with the predictions that take part in it. */
  readonly onRun?: (ids: readonly string[]) => void;
  /** Waited for before each run, which blocks the thread. */
  readonly between?: () => Promise<void>;
  /** Milliseconds of a clock that never goes back, by which runs and frames are timed. */
  readonly now?: () => number;
}

/** Without the request itself: its pixels are not needed any more. */
interface Queued {
  readonly id: string;
  readonly alone: boolean;
  readonly job: Job;
  readonly onFrame: (frame: PredictionFrame) => void;
  readonly settle: (error?: unknown) => void;
  priority: number;
}

export function createPredictor(options: PredictorOptions): Predictor {
  const { model, frameInterval = 150, batchBudget = 600, mostItems = 32, onRun, between } = options;
  const { now = () => performance.now() } = options;
  const size = model.architecture.image;
  const codes = createCodes(model, options);
  const batchSize = createBatchSize(batchBudget, mostItems);
  /** In the order they came. */
  const queue = new Map<string, Queued>();
  let working: Promise<void> | undefined;

  const finish = (id: string, error?: unknown): void => {
    const queued = queue.get(id);
    queue.delete(id);
    queued?.settle(error);
  };

  /** The most urgent passes that fit into one run: first masks before refinements. */
  const choose = (): { queued: Queued; items: ReturnType<Job['take']> }[] => {
    const all = [...queue.values()];
    const highest = all.reduce((max, q) => Math.max(max, q.priority), -Infinity);
    const urgent = all.filter((q) => q.priority === highest);
    const unseen = urgent.filter((q) => q.job.startsWithMean);
    const candidates = unseen.length > 0 ? unseen : urgent;
    const together = candidates[0]!.alone
      ? candidates.slice(0, 1)
      : candidates.filter((q) => !q.alone);
    let free = batchSize.items;
    const chosen = [];
    for (const queued of together) {
      if (free === 0) break;
      const items = queued.job.take(free);
      free -= items.length;
      chosen.push({ queued, items });
    }
    return chosen;
  };

  const run = async (): Promise<void> => {
    const chosen = choose();
    onRun?.(chosen.map(({ queued }) => queued.id));
    const parts: { queued: Queued; items: ForwardItem[] }[] = [];
    for (const { queued, items } of chosen) {
      try {
        const image = await codes.image(queued.job.picture);
        const encoded: ForwardItem[] = [];
        for (const { prompt, noise } of items) {
          encoded.push({ image, prompt: await codes.prompt(prompt), noise });
        }
        parts.push({ queued, items: encoded });
      } catch (error) {
        finish(queued.id, error);
      }
    }
    const batch = parts.flatMap((part) => part.items);
    if (batch.length === 0) return;
    const begin = now();
    let logits: Float32Array;
    try {
      logits = await model.forward(batch);
    } catch (error) {
      for (const { queued } of parts) finish(queued.id, error);
      return;
    }
    const end = now();
    batchSize.measured(batch.length, end - begin);

    let at = 0;
    for (const { queued, items } of parts) {
      for (let i = 0; i < items.length; i++, at += size * size) {
        // Cancelled while it ran, or finished early: what is left is nobody's.
        if (queue.get(queued.id) !== queued) continue;
        const pass = logits.subarray(at, at + size * size);
        const interval = queued.priority > 0 ? frameInterval : 8 * frameInterval;
        const frame = queued.job.receive(pass, end, items.length - 1 - i, interval);
        if (frame === undefined) continue;
        queued.onFrame(frame);
        if (frame.final) finish(queued.id);
      }
    }
  };

  const work = async (): Promise<void> => {
    while (queue.size > 0) {
      // Runs block the thread: requests and cancellations are handled between two.
      await setImmediate();
      await between?.();
      if (queue.size > 0) await run();
    }
    working = undefined;
  };

  const cancel = (id: string): void =>
    finish(id, new MarginaliaError('cancelled', 'The prediction was cancelled.'));

  return {
    predict(request, onFrame) {
      return new Promise((resolve, reject) => {
        if (queue.has(request.id)) {
          throw new RangeError(`A prediction called ${request.id} is under way already.`);
        }
        queue.set(request.id, {
          id: request.id,
          alone: request.alone ?? false,
          job: createJob(request, size),
          onFrame,
          settle: (error) => (error === undefined ? resolve() : reject(error as Error)),
          priority: request.priority,
        });
        working ??= work();
      });
    },
    prioritise(id, priority) {
      const queued = queue.get(id);
      if (queued !== undefined) queued.priority = priority;
    },
    cancel,
    async idle() {
      while (working !== undefined) await working;
    },
    async dispose() {
      for (const id of [...queue.keys()]) cancel(id);
      await working;
    },
  };
}
