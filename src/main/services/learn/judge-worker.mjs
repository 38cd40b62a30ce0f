// @ts-check
/**
 * The thread in which predictions are judged: distances of outlines and the fit of a temperature
 * take a second on large slices.
 *
 * @import { Judgement, JudgeRequest } from './judge-in-thread.ts'
 */
import { existsSync } from 'node:fs';
import { URL } from 'node:url';

// A thread of Node 20 cannot be started from TypeScript sources, but it can learn to read them.
if (existsSync(new URL('./judge.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { calibrate, judge } = await import('./judge.ts');

/**
 * @param {JudgeRequest} request
 * @returns {Judgement}
 */
export default function judgement({ slices, frames }) {
  return { score: judge(slices, frames), calibration: calibrate(slices, frames) };
}
