import { createAccumulator, type Accumulator } from '../../../shared/uncertainty.ts';
import type { NoiseSource } from '../medclipseg/model.ts';
import { mapsAtSlice, modelPicture, type Picture } from '../preprocess.ts';
import { noiseSource } from '../runtime/noise.ts';
import type { PredictionFrame, PredictionRequest } from './types.ts';

/** Fewer samples say too little about their spread to stop by it. */
const LEAST_SAMPLES = 6;

/** One forward pass of one prompt: what a batch consists of. */
export interface Pass {
  readonly prompt: string;
  /** null is the mean pass. */
  readonly noise: NoiseSource | null;
}

/** The arithmetic of one prediction: which passes it needs, and what becomes of their logits. */
export interface Job {
  /** The slice at the model's size. */
  readonly picture: Picture;
  /** Passes that were not handed out yet, at most `most`; mean passes apart from samples. */
  take(most: number): readonly Pass[];
  /** True while the next pass is one of the mean pass. */
  readonly startsWithMean: boolean;
  /**
   * Logits [S, S] of the next pass, in the order they were handed out. Gives a frame when one is
   * due. After the final frame further logits are ignored: results do not depend on batch sizes.
   * @param now milliseconds of any clock.
   * @param more how many logits of the same run are still to come.
   * @param interval least milliseconds between frames on the way.
   */
  receive(
    logits: Float32Array,
    now: number,
    more: number,
    interval: number,
  ): PredictionFrame | undefined;
}

export function createJob(request: PredictionRequest, size: number): Job {
  const { prompts, samples, seed, sliceKey, tolerance, preview } = request;
  const { rows, columns } = request.slice;
  const withMean = preview || samples === 0;
  const passes = (samples + (withMean ? 1 : 0)) * prompts.length;
  const picture = modelPicture(request.slice, size);

  /** Only while passes come in: hundreds of slices may be waiting. */
  let accumulators: readonly Accumulator[] = [];
  let handedOut = 0;
  let received = 0;
  let done = false;
  let lastFrame = -Infinity;

  /** Position k counts prompts first, then passes; the mean pass is sample −1. */
  const sampleAt = (k: number): number => Math.floor(k / prompts.length) - (withMean ? 1 : 0);
  const settled = (samplesUsed: number): boolean =>
    tolerance > 0 &&
    samplesUsed >= LEAST_SAMPLES &&
    accumulators.every((a) => a.standardError() <= tolerance);

  const startsWithMean = (): boolean => sampleAt(handedOut) < 0;
  /** Passes to run before the masks so far are worth another look. */
  const horizon = (): number => {
    if (startsWithMean()) return prompts.length;
    if (tolerance === 0) return passes;
    const ahead = Math.max(LEAST_SAMPLES, 2 * sampleAt(received));
    return Math.min(passes, (ahead + (withMean ? 1 : 0)) * prompts.length);
  };

  return {
    picture,
    get startsWithMean() {
      return startsWithMean();
    },
    take(most) {
      const end = horizon();
      const taken: Pass[] = [];
      for (; handedOut < end && taken.length < most; handedOut++) {
        const prompt = prompts[handedOut % prompts.length]!;
        const sample = sampleAt(handedOut);
        const noise = sample < 0 ? null : noiseSource({ seed, slice: sliceKey, prompt, sample });
        taken.push({ prompt, noise });
      }
      return taken;
    },
    receive(logits, now, more, interval) {
      if (done) return undefined;
      const prompt = received % prompts.length;
      const samplesUsed = sampleAt(received) + 1;
      received++;
      if (accumulators.length === 0) {
        accumulators = prompts.map(() => createAccumulator(size * size));
      }
      accumulators[prompt]!.add(logits);
      if (prompt < prompts.length - 1) return undefined;

      done = samplesUsed === samples || settled(samplesUsed);
      const due = preview && now - lastFrame >= interval && more < prompts.length;
      if (samplesUsed > 0 && !done && !due) return undefined;
      lastFrame = now;
      const maps = accumulators.map((a) => mapsAtSlice(a.maps(), size, rows, columns));
      if (samplesUsed === 0) accumulators = [];
      return { samplesUsed, final: done, maps };
    },
  };
}
