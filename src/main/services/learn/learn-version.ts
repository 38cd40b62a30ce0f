import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { Lineage } from '../../engine/bundle/lineage.ts';
import type { LearningProgress, LearningSettings } from '../../engine/learn/types.ts';
import { contentHash, type DecidedSlice } from './decided.ts';
import type { JobEngine } from '../engine/index.ts';
import { judgeInThread, type Judgement } from './judge-in-thread.ts';
import { predictSlices } from './predict-slices.ts';
import { splitDecided, type RoleStore } from './slice-roles.ts';
import {
  createVersion,
  requireNoVersion,
  writeVersion,
  type AdapterVersion,
} from '../models/index.ts';

export interface LearnVersionOptions {
  readonly bundle: Bundle;
  /** In the order in which they were decided. */
  readonly slices: readonly DecidedSlice[];
  /** Which slices are held back (`splitDecided`); default: roles are assigned afresh. */
  readonly roles?: RoleStore;
  /** Versions learned before, beside the one that the bundle has. */
  readonly earlier?: readonly Lineage[];
  readonly settings: LearningSettings;
  /** Monte-Carlo samples of the judgement. */
  readonly samples: number;
  readonly name: string;
  /** Folder that the version is written to if it is kept; it must not hold one. */
  readonly out: string;
  readonly application: { readonly version: string };
  /** Keep it although it is not better. */
  readonly overrule: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LearningProgress) => void;
}

export interface LearnedVersion {
  readonly version: AdapterVersion;
  /** False where the judgement was against it, and nobody overruled that. */
  readonly kept: boolean;
}

/**
 * Tunes the loaded adapters on decided slices and judges the result on those that were held back,
 * as the user sees them. Afterwards the engine has the new adapters loaded if they were kept, else
 * the old ones.
 * @throws MarginaliaError `no-corrections`, `version-exists`, and as `Engine.learn`.
 */
export async function learnVersion(
  engine: JobEngine,
  options: LearnVersionOptions,
): Promise<LearnedVersion> {
  const { bundle, slices, settings, signal, onProgress, samples } = options;
  if (slices.length === 0) {
    throw new MarginaliaError(
      'no-corrections',
      'There is no corrected slice to learn from.',
      'Accept or correct at least one slice first.',
    );
  }
  requireNoVersion(options.out);
  const loaded = bundle.version === null ? [] : [bundle.version.lineage];
  const { training, validation } = splitDecided(slices, options.roles, [
    ...loaded,
    ...(options.earlier ?? []),
  ]);
  if (training.length === 0) {
    throw new MarginaliaError(
      'no-corrections',
      'Every decided slice is held back to judge versions by: none is left to learn from.',
      'Accept or correct one more slice.',
    );
  }
  const how = { samples, seed: settings.seed, ...(signal && { signal }) };
  const look = async (): Promise<Judgement | null> => {
    if (validation.length === 0) return null;
    const frames = await predictSlices(engine.predict, validation, how);
    return judgeInThread(validation, frames);
  };
  const before = await look();

  const begin = performance.now();
  const curve: Lineage['curve'] = [];
  const parameters = await engine.learn(
    { training, validation, settings },
    {
      ...(signal && { signal }),
      onProgress: (progress) => {
        const { step, losses, validationDice } = progress;
        curve.push({
          step,
          ...losses,
          ...(validationDice === undefined ? {} : { validationDice }),
        });
        onProgress?.(progress);
      },
    },
  );
  const facts = {
    name: options.name,
    created: new Date().toISOString(),
    application: { name: 'Marginalia' as const, version: options.application.version },
    slices: slices.map((slice) => ({
      name: slice.name,
      sha256: contentHash(slice),
      role: training.includes(slice) ? ('training' as const) : ('validation' as const),
      prompts: slice.targets.map(({ prompt }) => prompt),
    })),
    settings: { ...settings },
    device: engine.device(),
    seconds: (performance.now() - begin) / 1000,
    curve,
  };

  try {
    const unjudged = { ...facts, judgement: null, calibration: null };
    const candidate = createVersion(bundle, parameters, unjudged);
    const after = await withVersion(engine, candidate, look, signal);
    const better =
      !before ||
      !after ||
      (after.score.dice >= before.score.dice && after.score.nsd >= before.score.nsd);
    const kept = better || options.overrule;
    const version = createVersion(bundle, parameters, {
      ...facts,
      judgement: before &&
        after && { before: before.score, after: after.score, overruled: !better && kept },
      calibration: after && after.calibration,
    });
    if (kept) await writeVersion(options.out, version, signal);
    await engine.use(kept ? options.out : bundle.version?.folder);
    return { version, kept };
  } catch (error) {
    // What went wrong is what matters, also where the old adapters cannot be had back.
    await engine.use(bundle.version?.folder).catch(() => undefined);
    throw error;
  }
}

/** Does something while the engine has a version loaded that lies nowhere yet. */
async function withVersion<T>(
  engine: JobEngine,
  version: AdapterVersion,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-adapters-'));
  try {
    await writeVersion(folder, version, signal);
    await engine.use(folder);
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
