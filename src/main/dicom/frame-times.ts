import type { DataSet } from './data-set.ts';

/**
 * When each frame of a file was acquired, in milliseconds since the first: from Frame Time Vector
 * (0018,1065), which has the time since the frame before, from Frame Time (0018,1063), else from the
 * rate that is to be shown: Cine Rate (0018,0040), Recommended Display Frame Rate (0008,2144).
 * PS3.3 C.7.6.5.
 * @returns undefined where the header says nothing of it, or nothing that can be.
 */
export function frameTimes(set: DataSet, frames: number): readonly number[] | undefined {
  const steps = set.numbers('0018,1065');
  if (steps.length >= frames && steps.every((step) => step >= 0)) {
    let time = 0;
    const times = steps.slice(0, frames).map((step, k) => (time += k === 0 ? 0 : step));
    if (time > 0) return times;
  }
  const duration =
    positive(set.number('0018,1063')) ??
    inverse(set.number('0018,0040')) ??
    inverse(set.number('0008,2144'));
  if (duration === undefined) return undefined;
  return Array.from({ length: frames }, (_, k) => k * duration);
}

const positive = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined;

/** Frames a second → milliseconds a frame. */
const inverse = (rate: number | undefined): number | undefined =>
  rate !== undefined && rate > 0 ? 1000 / rate : undefined;
