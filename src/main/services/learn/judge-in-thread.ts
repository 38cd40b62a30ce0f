import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Calibration } from '../../engine/bundle/lineage.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import type { DecidedSlice } from './decided.ts';
import type { JudgedFrame, JudgedSlice, Score } from './judge.ts';

/** What the thread is given. */
export interface JudgeRequest {
  readonly slices: readonly JudgedSlice[];
  readonly frames: readonly JudgedFrame[];
}

/** How good predictions are, and how well their probabilities fit. */
export interface Judgement {
  readonly score: Score;
  readonly calibration: Calibration;
}

/**
 * `judge` and `calibrate`, in a thread of their own.
 * @param frames one for each slice, in their order.
 */
export async function judgeInThread(
  slices: readonly DecidedSlice[],
  frames: readonly PredictionFrame[],
): Promise<Judgement> {
  // Only what is read goes over: pixels and entropies stay here.
  const workerData: JudgeRequest = {
    slices: slices.map(({ slice: { rows, columns }, targets, spacing }) => ({
      slice: { rows, columns },
      targets,
      spacing,
    })),
    frames: frames.map(({ maps }) => ({
      maps: maps.map(({ probability }) => ({ probability })),
    })),
  };
  const worker = new Worker(new URL('./judge-worker.mjs', import.meta.url), {
    workerData,
    execArgv: [],
  });
  try {
    // Rejects with what the thread threw.
    const [judgement] = (await once(worker, 'message')) as [Judgement];
    return judgement;
  } finally {
    await worker.terminate();
  }
}
