import { Piscina } from 'piscina';
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

/** Named with each task, not to the pool: there a thread that cannot start would leave its task waiting. */
const filename = new URL('./judge-worker.mjs', import.meta.url).href;
/** It keeps its modules while the versions of one learning are judged. */
const thread = new Piscina<JudgeRequest, Judgement>({
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 60_000,
  execArgv: [],
  recordTiming: false,
});

/**
 * `judge` and `calibrate`, in a worker thread.
 * @param frames one for each slice, in their order.
 */
export function judgeInThread(
  slices: readonly DecidedSlice[],
  frames: readonly PredictionFrame[],
): Promise<Judgement> {
  // Only what is read goes over: pixels and entropies stay here.
  const request: JudgeRequest = {
    slices: slices.map(({ slice: { rows, columns }, targets, spacing }) => ({
      slice: { rows, columns },
      targets,
      spacing,
    })),
    frames: frames.map(({ maps }) => ({
      maps: maps.map(({ probability }) => ({ probability })),
    })),
  };
  return thread.run(request, { filename });
}
