import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../../shared/errors.ts';
import { dice } from '../../../shared/metrics/index.ts';
import { adamStep, cosineRate, createAdamState } from '../adam.ts';
import { visionTokens, type Architecture } from '../medclipseg/config.ts';
import { createLearner, type LossAndGradients, type LossValues } from '../medclipseg/learner.ts';
import type { NoiseSource } from '../medclipseg/model.ts';
import type { Weights } from '../medclipseg/weights.ts';
import type { InputRules } from '../predict/codes.ts';
import { noiseSource } from '../runtime/noise.ts';
import type { Device, SessionOptions } from '../runtime/session.ts';
import { drawPicks, type Pick } from './examples.ts';
import { createPreparedSlices, PLAIN } from './prepared.ts';
import { createTokenSource } from './tokens.ts';
import { resolveTrainable } from './trainable.ts';
import type { LearningJob, LearningProgress } from './types.ts';

/** What learning starts from. */
export interface LearningModel {
  readonly architecture: Architecture;
  readonly weights: Weights;
  /** Values of all trainable tensors by name; left as they are. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly rules: InputRules;
  /** Folder that the weights' files are relative to. */
  readonly folder: string;
  /** Of the processor; default: all. */
  readonly threads?: number;
}

export interface LearningHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LearningProgress) => void;
  /** Awaited before every run: predictions go first. */
  readonly yieldToPredictions: () => Promise<void>;
  /** A device that fails is replaced by the CPU. */
  readonly onFallback: (device: Device, reason: string) => void;
}

/** Bytes of kept tokens, over all versions of all slices. */
const MOST_BYTES = 256 << 20;

/**
 * Tunes adapters and head on decided slices with the paper's loss and Adam, one noise draw a step.
 * Frozen layers are computed once for each version of a slice.
 * @returns all trainable tensors by name, those that did not learn included.
 * @throws MarginaliaError `no-corrections`, `cancelled` (within one step), `learning-diverged`,
 *   `bad-trainable-set`, `prompt-too-long`.
 */
export async function learn(
  model: LearningModel,
  job: LearningJob,
  device: Device,
  hooks: LearningHooks,
): Promise<Map<string, Float32Array>> {
  if (job.training.length === 0) {
    throw new MarginaliaError(
      'no-corrections',
      'There is no corrected slice to learn from.',
      'Accept or correct at least one slice first.',
    );
  }
  const fitted = withinMemory(job, model.architecture);
  try {
    return await learnOn(device, model, fitted, hooks);
  } catch (error) {
    if (device === 'cpu' || error instanceof MarginaliaError) throw error;
    hooks.onFallback(device, error instanceof Error ? error.message : String(error));
    return learnOn('cpu', model, fitted, hooks);
  }
}

async function learnOn(
  device: Device,
  model: LearningModel,
  job: LearningJob,
  hooks: LearningHooks,
): Promise<Map<string, Float32Array>> {
  const { architecture: a, weights, rules, folder, threads } = model;
  const { settings } = job;
  const { names, from } = resolveTrainable(settings.trainable, a);
  const options: SessionOptions = { device, folder, ...(threads !== undefined && { threads }) };
  const result = new Map([...model.parameters].map(([name, p]) => [name, p.slice()]));
  const parameters = new Map(names.map((name) => [name, result.get(name)!]));

  await hooks.yieldToPredictions();
  const tokens = await createTokenSource(a, weights, from, rules, options);
  try {
    const learner = await createLearner({
      ...options,
      architecture: a,
      frozen: weights,
      trainable: names,
      batch: settings.batch,
      from,
    });
    try {
      const slices = createPreparedSlices(tokens, a, settings);
      const run: Run = async (picks, noise) => {
        // Runs block the thread: messages are handled in between.
        await setImmediate();
        await hooks.yieldToPredictions();
        stopIfCancelled(hooks.signal);
        const batch = await slices.batch(picks, noise);
        return { ...(await learner.run(batch, parameters)), target: batch.target };
      };
      await steps(parameters, job, a, device, run, hooks);
      return result;
    } finally {
      await learner.dispose();
    }
  } finally {
    await tokens.dispose();
  }
}

type Run = (
  picks: readonly Pick[],
  noise: readonly (NoiseSource | null)[],
) => Promise<LossAndGradients & { readonly target: Float32Array }>;

async function steps(
  parameters: ReadonlyMap<string, Float32Array>,
  job: LearningJob,
  a: Architecture,
  device: Device,
  run: Run,
  { signal, onProgress }: LearningHooks,
): Promise<void> {
  const { settings, validation } = job;
  const adam = createAdamState(parameters);
  const begin = performance.now();
  for (let step = 0; step < settings.steps; step++) {
    const picks = drawPicks(job, step);
    const noise = picks.map((_, i) =>
      noiseSource({ seed: settings.seed, slice: 'learning', prompt: String(i), sample: step }),
    );
    const { losses, gradient } = await run(picks, noise);
    checkFinite(losses, step, device);
    const lr = cosineRate(...settings.rate, step, settings.steps);
    adamStep(parameters, gradient, adam, { lr });
    const done = step + 1;
    const looked = done % settings.validateEvery === 0 || done === settings.steps;
    const validationDice = looked && validation.length > 0 ? await diceOf(job, a, run) : undefined;
    stopIfCancelled(signal);
    const seconds = (performance.now() - begin) / 1000;
    onProgress({
      step: done,
      steps: settings.steps,
      losses,
      ...(validationDice === undefined ? {} : { validationDice }),
      secondsLeft: (seconds / done) * (settings.steps - done),
    });
  }
}

/** Mean Dice of all validation pairs in the mean pass, at the model's size. */
async function diceOf(job: LearningJob, a: Architecture, run: Run): Promise<number> {
  const { batch } = job.settings;
  const pairs: Pick[] = job.validation.flatMap((slice) =>
    slice.targets.map((_, target) => ({ slice, variant: PLAIN, target })),
  );
  const pixels = a.image ** 2;
  let sum = 0;
  for (let at = 0; at < pairs.length; at += batch) {
    // The graph's batch is fixed: the last one is filled up with what is not counted.
    const picks = Array.from(
      { length: batch },
      (_, i) => pairs[Math.min(at + i, pairs.length - 1)]!,
    );
    const { logits, target } = await run(
      picks,
      picks.map(() => null),
    );
    for (let i = 0; i < Math.min(batch, pairs.length - at); i++) {
      const mask = logits.subarray(i * pixels, (i + 1) * pixels).map((z) => (z > 0 ? 1 : 0));
      sum += dice(mask, target.subarray(i * pixels, (i + 1) * pixels));
    }
  }
  return sum / pairs.length;
}

/** Fewer versions of each slice where many slices would fill the memory. */
function withinMemory(job: LearningJob, a: Architecture): LearningJob {
  const slices = job.training.length + job.replay.length;
  const bytes = 4 * (visionTokens(a) * a.visionWidth + a.context * a.textWidth) + a.image ** 2;
  const variants = Math.max(1, Math.floor(MOST_BYTES / (slices * bytes)));
  const { settings } = job;
  return { ...job, settings: { ...settings, variants: Math.min(settings.variants, variants) } };
}

function checkFinite({ total }: LossValues, step: number, device: Device): void {
  if (Number.isFinite(total)) return;
  const what = `the loss became ${total} in step ${step + 1}`;
  if (device !== 'cpu') throw new RangeError(what);
  throw new MarginaliaError(
    'learning-diverged',
    `Learning was stopped: ${what}.`,
    'Lower the learning rate, or check the corrected slices.',
  );
}

function stopIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new MarginaliaError('cancelled', 'Learning was cancelled.');
}
