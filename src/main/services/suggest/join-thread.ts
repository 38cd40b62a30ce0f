import { Worker } from 'node:worker_threads';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { MapBytes } from '../../../shared/map-bytes.ts';
import type { SlicePlane, SliceDoubt } from '../../../shared/ranking/index.ts';
import type { VoxelArray } from '../../../shared/volume.ts';

/** A slice of one label; maps and masks as it is shown, one value per pixel. */
export interface PlacedSlice {
  /** Along the normal, mm. */
  readonly position: number;
  readonly values: VoxelArray;
}

export interface FitRequest {
  readonly kind: 'fit';
  /** What later requests name it by. */
  readonly join: number;
  readonly plane: SlicePlane;
  readonly annotated: readonly (PlacedSlice & {
    readonly mask: Uint8Array;
    /** Null where the model was not asked, or has learned from the slice. */
    readonly probability: Uint8Array | null;
  })[];
}

export interface ApplyRequest {
  readonly kind: 'apply';
  readonly join: number;
  readonly slice: PlacedSlice;
  readonly maps: Pick<MapBytes, 'probability' | 'aleatoric'>;
}

export interface JoinedMaps extends SliceDoubt {
  readonly maps: MapBytes;
}

export type ThreadRequest = (
  FitRequest | ApplyRequest | { readonly kind: 'drop'; readonly join: number }
) & { readonly request: number };
export interface ThreadAnswer {
  readonly request: number;
  readonly result?: unknown;
  readonly error?: Error;
}

/**
 * `createJoin` (shared/propagation) in a worker thread: a large slice takes tens of ms.
 *
 * Not a pool of piscina's, as other threads here: the thread holds what was fitted, so requests must
 * go to this one, and its owner must hear when it is gone. Piscina puts another in its place unasked.
 */
export interface JoinThread {
  /** @returns false where the model alone is to speak. */
  readonly fit: (request: Omit<FitRequest, 'kind'>) => Promise<boolean>;
  /** @returns null where the model alone is to speak, or what it asks for was dropped. */
  readonly apply: (request: Omit<ApplyRequest, 'kind'>) => Promise<JoinedMaps | null>;
  readonly drop: (join: number) => void;
  readonly close: () => Promise<void>;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'request'> : never;

/** @param onEnd called when the thread has ended, whoever ended it; pending requests fail. */
export function startJoinThread(onEnd: () => void): JoinThread {
  const worker = new Worker(new URL('./join-worker.mjs', import.meta.url), { execArgv: [] });
  // A program that has nothing else to do may end.
  worker.unref();
  const waiting = new Map<number, PromiseWithResolvers>();
  let last = 0;
  worker.on('message', ({ request, result, error }: ThreadAnswer) => {
    const asked = waiting.get(request);
    waiting.delete(request);
    if (error) asked?.reject(error);
    else asked?.resolve(result);
  });
  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => {
    onEnd();
    fail(
      new MarginaliaError(
        'join-thread-ended',
        'The thread that joins suggestions has ended.',
        'Look at the slice again; a new thread is started for it.',
      ),
    );
  });

  const ask = <T>(message: Unnumbered<ThreadRequest>): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve: resolve as (result: unknown) => void, reject });
      worker.postMessage({ ...message, request: last });
    });
  return {
    fit: (request) => ask({ kind: 'fit', ...request }),
    apply: (request) => ask({ kind: 'apply', ...request }),
    drop: (join) => worker.postMessage({ kind: 'drop', join, request: 0 }),
    async close() {
      await worker.terminate();
    },
  };
}

interface PromiseWithResolvers {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}
