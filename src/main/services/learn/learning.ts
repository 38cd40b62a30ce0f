import { rm } from 'node:fs/promises';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { StreamFrame, StreamInput, StreamOutput } from '../../../shared/contract/index.ts';
import { progressFrame } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { LEARNING_DEFAULTS } from '../../engine/learn/types.ts';
import type { Workspace } from '../../workspace/index.ts';
import { learnVersion, type LearnedVersion } from './learn-version.ts';
import { type AdapterVersion, type Models, describe, type VersionShelf } from '../models/index.ts';
import { rolesOf, slicesToLearn } from './decided-slices.ts';
import { jobEngine, type SharedEngine } from '../engine/index.ts';
import { recipeFor } from '../suggest/index.ts';
import type {
  CallHandlers,
  StreamContext,
  StreamHandlers,
  SettingsService,
} from '../session/index.ts';
import type { Volumes } from '../cases/index.ts';

type ModelInfo = z.infer<typeof contract.ModelInfo>;
type Context = StreamContext<StreamFrame<'learning.run'>>;

export interface LearningOptions {
  readonly workspace: Workspace;
  readonly volumes: Volumes;
  readonly models: Models;
  readonly shelf: VersionShelf;
  readonly settings: SettingsService;
  readonly sharedEngine: SharedEngine;
  /** Of the application. */
  readonly version: string;
}

/** Samples of the judgement on slices held back. */
const SAMPLES = 10;

/** Tunes the adapters on what was decided; predictions go on meanwhile. */
export function createLearning(options: LearningOptions): {
  readonly calls: Pick<CallHandlers, 'learning.keep'>;
  readonly streams: Pick<StreamHandlers, 'learning.run'>;
} {
  const { workspace, volumes, models, shelf, settings, sharedEngine } = options;
  let isUnderWay = false;
  /** What was learned last and not kept. */
  let rejected: { readonly bundle: Bundle; readonly version: AdapterVersion } | undefined;

  async function learn(
    input: StreamInput<'learning.run'>,
    context: Context,
  ): Promise<LearnedVersion> {
    const { stack, name, steps, overrule } = input;
    const { signal, emit } = context;
    const volume = await volumes.get(stack, signal);
    const bundle = await models.current();
    const chosen = settings.get();
    const slices = await slicesToLearn(
      workspace,
      volume,
      await recipeFor(volume, bundle, chosen),
      chosen.learnUnseen,
    );
    const out = shelf.newFolder(bundle);
    emit(
      progressFrame(slices.length > 1 ? 'Looking at the slices held back' : 'Preparing the slices'),
    );
    const learned = await learnVersion(jobEngine(sharedEngine, bundle, chosen), {
      bundle,
      slices,
      roles: rolesOf(workspace, stack),
      earlier: await shelf.lineages(),
      settings: { ...LEARNING_DEFAULTS, steps, seed: chosen.seed },
      samples: SAMPLES,
      name,
      out,
      application: { version: options.version },
      overrule,
      signal,
      onProgress: ({ step, losses, validationDice, secondsLeft }) => {
        emit({
          kind: 'step',
          step,
          steps,
          total: losses.total,
          dice: losses.dice,
          validationDice: validationDice ?? null,
          secondsLeft,
        });
        if (step === steps) emit(progressFrame('Judging what was learned'));
      },
    });
    const { lineage } = learned.version;
    rejected = learned.kept ? undefined : { bundle, version: learned.version };
    if (learned.kept && signal.aborted) await rm(out, { recursive: true, force: true });
    signal.throwIfAborted();
    if (learned.kept) {
      await shelf.shelve(bundle, out, lineage.id);
      models.use(bundle, lineage.id);
    }
    workspace.audit.append('learned', stack, {
      version: lineage.id,
      kept: learned.kept,
      slices: slices.map((slice) => slice.name),
      heldBack: lineage.slices
        .filter(({ role }) => role === 'validation')
        .map((slice) => slice.name),
      before: lineage.judgement && { ...lineage.judgement.before },
      after: lineage.judgement && { ...lineage.judgement.after },
    });
    return learned;
  }

  async function keep(id: string): Promise<ModelInfo> {
    if (rejected?.version.lineage.id !== id) {
      throw new MarginaliaError(
        'unknown-version',
        `The version ${id} is not the one that was learned last.`,
        'Learn again; what was judged against is remembered until then.',
      );
    }
    const { bundle, version } = rejected;
    const { judgement } = version.lineage;
    const lineage = {
      ...version.lineage,
      judgement: judgement && { ...judgement, overruled: true },
    };
    await shelf.keep(bundle, { ...version, lineage });
    models.use(bundle, id);
    rejected = undefined;
    return models.info();
  }

  return {
    calls: { 'learning.keep': ({ version }) => keep(version) },
    streams: {
      async 'learning.run'(input, context): Promise<StreamOutput<'learning.run'>> {
        if (isUnderWay) {
          throw new MarginaliaError(
            'learning-under-way',
            'The model is learning already.',
            'Wait until it has ended, or cancel it.',
          );
        }
        isUnderWay = true;
        try {
          const { version, kept } = await learn(input, context);
          return { version: describe(version.lineage), kept };
        } finally {
          isUnderWay = false;
        }
      },
    },
  };
}
