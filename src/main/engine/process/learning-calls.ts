import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { LearningJob, LearningProgress } from '../learn/types.ts';
import type { EngineEvent } from './connection.ts';
import { learningSchema } from './protocol.ts';

/** What a caller asks the engine to learn; the cases of the bundle are added there. */
export type LearningRequest = Omit<LearningJob, 'replay'>;

export interface LearnOptions {
  readonly onProgress?: (progress: LearningProgress) => void;
  readonly signal?: AbortSignal;
}

interface Learning {
  readonly onProgress: (progress: LearningProgress) => void;
  readonly resolve: (parameters: Map<string, Float32Array>) => void;
  readonly reject: (error: unknown) => void;
}

/** Learnings that the engine was asked for. They are not repeated after a crash. */
export interface LearningCalls {
  /** Keeps the caller of `id` until it is done; `onAbort` is called when the signal wants an end. */
  add(id: string, options: LearnOptions, onAbort: () => void): Promise<Map<string, Float32Array>>;
  receive(event: Extract<EngineEvent, { type: 'learning' | 'learned' }>): void;
  fail(id: string, error: unknown): void;
  failAll(error: unknown): void;
}

export function createLearningCalls(): LearningCalls {
  const learnings = new Map<string, Learning>();
  const fail = (id: string, error: unknown): void => {
    const learning = learnings.get(id);
    learnings.delete(id);
    learning?.reject(error);
  };
  return {
    add(id, { onProgress = () => undefined, signal }, onAbort) {
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', onAbort, { once: true });
        const ended =
          <T>(then: (value: T) => void) =>
          (value: T): void => {
            signal?.removeEventListener('abort', onAbort);
            then(value);
          };
        learnings.set(id, { onProgress, resolve: ended(resolve), reject: ended(reject) });
      });
    },
    receive(event) {
      const learning = learnings.get(event.id);
      if (event.type === 'learning') return learning?.onProgress(event.progress);
      learnings.delete(event.id);
      learning?.resolve(event.parameters);
    },
    fail,
    failAll(error) {
      for (const id of [...learnings.keys()]) fail(id, error);
    },
  };
}

/** @throws MarginaliaError `bad-request` */
export function checkedLearning(request: LearningRequest): LearningRequest {
  const parsed = learningSchema.safeParse(request);
  if (parsed.success) return request;
  const [what] = z.prettifyError(parsed.error).split('\n');
  throw new MarginaliaError('bad-request', `The engine cannot learn this: ${what}.`);
}
